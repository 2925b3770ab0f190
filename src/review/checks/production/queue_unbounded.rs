use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind};
use crate::review::Context;
use crate::review::code::{draws, is_tool};
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::local;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// What waited for a free place now waits in memory without end.
    ///
    /// ## What it does
    /// Looks at queues and pools of workers in code. It speaks when one that held a certain number
    /// became one that takes as many as come: a channel, a queue in memory, a pool of threads.
    ///
    /// ## Why it matters
    /// When work comes faster than it is done, nothing slows down those who send it. The memory
    /// fills until the process dies, and all that waited is lost.
    ///
    /// ## Example
    /// ```rust
    /// let (sender, receiver) = mpsc::channel(256);        // before
    /// let (sender, receiver) = mpsc::unbounded_channel(); // after
    /// ```
    ///
    /// ## Instead
    /// Give the queue a size, and say what happens when it is full.
    "production/queue-unbounded", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        let aside = draws(delta.file) || is_tool(delta.file) || local(&delta.file.path);
        if delta.file.class != Class::Source || aside || delta.broken() {
            continue;
        }
        if let Some(found) = opened(context, delta) {
            out.push(found);
        }
    }
}

fn opened(context: &Context<'_>, delta: &ScopeDelta<'_>) -> Option<Finding> {
    let is = delta.calls_after.iter().find(|it| endless(it))?;
    if delta.calls_before.iter().any(|it| endless(it)) {
        return None;
    }
    let bounds = |calls: &[&Call]| calls.iter().filter(|it| bounded(it, is)).count();
    let was = delta.calls_before.iter().find(|it| bounded(it, is))?;
    let fewer = bounds(&delta.calls_after) < bounds(&delta.calls_before);
    // Whoever sends may be slowed down by something else.
    let slowed = delta.calls_gained.iter().any(|it| {
        let name = it.callee.to_string().to_lowercase();
        name.contains("semaphore") || name.contains("ratelimit") || name.contains("throttle")
    });
    let moved = context.says_elsewhere(is, &was.name);
    (fewer && !slowed && !moved).then(|| {
        Finding::new(delta.file, delta.symbol(), format!("unbounded {}", is.name))
            .before(was.place.line, delta.base_file.before.code(&was.place.span))
            .after(is.place.line, delta.file.after.code(&is.place.span))
            .says(
                format!(
                    "{} let a certain number wait (`{}`), and now takes as many as come. When work comes faster than it is done, the memory fills until the process dies and what waited is lost.",
                    name_of(delta.symbol()),
                    was.name
                ),
                "Give the queue a size, and say what happens when it is full.",
            )
    })
}

/// What kind of thing holds what waits.
#[derive(PartialEq, Eq)]
enum Kind {
    Queue,
    Pool,
}

fn constant(expr: &Expr) -> bool {
    !matches!(&expr.kind, ExprKind::Number(it) if it == "0")
        && matches!(
            expr.kind,
            ExprKind::Number(_) | ExprKind::Name(_) | ExprKind::Member(..) | ExprKind::Binary(..)
        )
}

/// The kind of thing that takes as many as come.
fn endless_kind(call: &Call) -> Option<Kind> {
    Some(match call.name.as_str() {
        "unbounded_channel" | "unbounded" | "CreateUnbounded" | "unbounded_queue" => Kind::Queue,
        "LinkedBlockingQueue" | "LinkedBlockingDeque" | "ConcurrentLinkedQueue"
            if call.arguments.is_empty() =>
        {
            Kind::Queue
        }
        "newCachedThreadPool" => Kind::Pool,
        "Queue"
            if call.arguments.is_empty()
                && matches!(
                    call.callee.to_string().as_str(),
                    "asyncio.Queue" | "queue.Queue"
                ) =>
        {
            Kind::Queue
        }
        _ => return None,
    })
}

fn endless(call: &Call) -> bool {
    endless_kind(call).is_some()
}

/// Whether a call made the same kind of thing, for a certain number.
fn bounded(call: &Call, other: &Call) -> bool {
    let sized = call.arguments.iter().any(|it| constant(&it.value));
    let kind = match call.name.as_str() {
        "channel"
        | "bounded"
        | "sync_channel"
        | "CreateBounded"
        | "ArrayBlockingQueue"
        | "LinkedBlockingQueue"
        | "LinkedBlockingDeque" => Kind::Queue,
        "Queue" => Kind::Queue,
        "newFixedThreadPool" => Kind::Pool,
        _ => return false,
    };
    (sized || call.name == "CreateBounded") && endless_kind(other) == Some(kind)
}
