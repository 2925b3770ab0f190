use crate::change::Class;
use crate::facts::fact::Call;
use crate::facts::setting::{Setting, ValueKind};
use crate::facts::tree::{Argument, Attribute, Expr, ExprKind, Scope, Stmt, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::settings::{self, local};
use crate::review::deltas::slots::{each_expr, each_stmt, slots};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Work that fails is tried again without end.
    ///
    /// ## What it does
    /// Looks at policies, handlers, options and loops that try something again. It speaks when one
    /// that stopped after some attempts no longer does, in code and in settings.
    ///
    /// ## Why it matters
    /// One message that cannot be handled stops all that come after it, and a service that is down
    /// is kept down by everybody who tries again. Orders and payments may be sent many times.
    ///
    /// ## Example
    /// ```csharp
    /// .WaitAndRetryAsync(3, Backoff)                             // before
    /// .WaitAndRetryForeverAsync(_ => TimeSpan.FromSeconds(1))    // after
    /// ```
    ///
    /// ## Instead
    /// Stop after some attempts, wait longer each time, and put aside what still fails.
    "production/retry-without-limit", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if delta.file.class != Class::Source || local(&delta.file.path) || delta.broken() {
            continue;
        }
        if let Some(lines) = policy(delta).or_else(|| repeated(delta)) {
            out.push(finding(delta.base_file, delta.file, delta.symbol(), lines));
        }
    }
    for ((base, before), (head, after)) in context.matching.pairs() {
        let (base, file) = (&context.files[base], &context.files[head]);
        let old = &base.before.tree.scopes[before];
        let new = &file.after.tree.scopes[after];
        if old.attributes == new.attributes || file.class != Class::Source {
            continue;
        }
        if let Some(lines) = annotated(old, new) {
            out.push(finding(base, file, &new.path, lines));
        }
    }
    for (file, _, deltas) in settings::changed(context, |_| true) {
        for (was, is) in &deltas.changed {
            let bounded = was.value.trim().parse::<u32>().is_ok_and(|it| it > 0);
            if !local(&file.path) && counts(is.key()) && bounded && endless(is) {
                out.push(finding(file, file, &is.dotted(), [was.line, is.line]));
            }
        }
    }
}

fn finding(base: &FilePair<'_>, file: &FilePair<'_>, symbol: &str, [was, is]: [u32; 2]) -> Finding {
    Finding::new(file, symbol, "tried again without end")
        .before(was, base.before.line(was))
        .after(is, file.after.line(is))
        .says(
            format!(
                "{} stopped after some attempts, and now tries again without end. What cannot succeed holds up all the rest, and what did succeed without saying so is done many times.",
                name_of(symbol)
            ),
            "Stop after some attempts, wait longer each time, and put aside what still fails.",
        )
}

/// Whether a setting says to go on for ever.
fn endless(setting: &Setting) -> bool {
    let value = setting.value.trim().to_ascii_lowercase();
    setting.kind != ValueKind::Expression
        && matches!(
            value.as_str(),
            "-1" | "infinite" | "infinity" | "unlimited" | ".inf"
        )
}

/// Whether something of this name says how often something is tried again.
fn counts(name: &str) -> bool {
    let found = words(name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    (any(&["retry", "retries", "attempts", "attempt", "tries"])
        && !any(&[
            "delay", "interval", "backoff", "wait", "after", "code", "codes", "if", "on", "should",
        ]))
        || any(&["redeliveries", "redelivery"])
}

/// Whether a name is about trying again.
fn retries(name: &str) -> bool {
    words(name).iter().any(|it| {
        matches!(
            it.as_str(),
            "attempt"
                | "attempts"
                | "backoff"
                | "redelivery"
                | "resilience"
                | "retries"
                | "retry"
                | "retryer"
                | "retrying"
                | "tries"
        )
    }) || name.contains("BackOff")
}

/// A value that stands for no limit.
fn no_limit(value: &Expr) -> bool {
    let last = value.last_name();
    let plain: String = last.chars().filter(char::is_ascii_alphanumeric).collect();
    let named = matches!(
        plain.to_ascii_lowercase().as_str(),
        "unlimitedattempts"
            | "infinity"
            | "maxvalue"
            | "maxint"
            | "maxint32"
            | "maxint64"
            | "maxsafeinteger"
            | "maxsize"
            | "stopnever"
            | "infinite"
            | "unlimited"
    );
    let written = matches!(
        value.to_string().as_str(),
        "-1" | "float(\"inf\")" | "INFINITE"
    );
    named || written
}

/// Where a scope tries again without end, the first such place: a line, and how many there are.
fn without_end(scope: &Scope) -> (usize, Option<u32>) {
    let mut count = 0;
    let mut first = None;
    let mut add = |line: u32| {
        count += 1;
        first.get_or_insert(line);
    };
    each_expr(&scope.body, &mut |it| {
        let ExprKind::Call(callee, arguments) = &it.kind else {
            return;
        };
        let name = callee.last_name();
        let found = words(name);
        let has = |it: &str| found.iter().any(|word| word == it);
        let forever = has("retry") && (has("forever") || has("indefinitely"));
        let told = retries(name)
            && !has("delay")
            && arguments
                .iter()
                .any(|it| it.name.is_none() && no_limit(&it.value));
        if forever || told {
            add(it.line);
        }
    });
    for slot in slots(scope) {
        if counts(slot.name) && no_limit(slot.value) {
            add(slot.line);
        }
    }
    (count, first)
}

/// A policy, a handler or an option that stopped after some attempts.
fn policy(delta: &ScopeDelta<'_>) -> Option<[u32; 2]> {
    let (had, _) = without_end(delta.before);
    let (has, line) = without_end(delta.after);
    let line = line.filter(|_| has > had)?;
    let bounded = |it: &&&Call| {
        let number = |it: &Argument| matches!(it.value.kind, ExprKind::Number(_));
        retries(&it.name) && it.arguments.iter().any(number)
    };
    let option = slots(delta.before)
        .into_iter()
        .find(|it| counts(it.name) && !no_limit(it.value))
        .map(|it| it.line);
    let call = delta
        .calls_before
        .iter()
        .find(bounded)
        .map(|it| it.place.line);
    call.or(option).map(|was| [was, line])
}

/// Loops that try something and try again when it fails: whether they end, and where.
fn loops(scope: &Scope) -> Vec<(bool, u32)> {
    let mut found = Vec::new();
    each_stmt(&scope.body, &mut |stmt| {
        let StmtKind::Loop { over, body } = &stmt.kind else {
            return;
        };
        let tried = body.iter().find_map(|it| match &it.kind {
            StmtKind::Try { catches, .. } => Some(catches),
            _ => None,
        });
        let Some(catches) = tried else { return };
        let mut leaves = false;
        for (_, body) in catches {
            each_stmt(body, &mut |it| leaves |= ends(it));
        }
        let endless = over
            .as_ref()
            .is_none_or(|it| it.kind == ExprKind::Bool(true));
        if endless && leaves {
            return;
        }
        found.push((!endless, stmt.line));
    });
    found
}

fn ends(stmt: &Stmt) -> bool {
    matches!(
        stmt.kind,
        StmtKind::Return(_) | StmtKind::Throw(_) | StmtKind::Break
    )
}

/// `for attempt in range(5)` around a try that is `while True` now.
fn repeated(delta: &ScopeDelta<'_>) -> Option<[u32; 2]> {
    let (old, new) = (loops(delta.before), loops(delta.after));
    let was = old.iter().find(|it| it.0)?;
    let is = new.iter().find(|it| !it.0)?;
    let said = |side: &crate::review::deltas::compare::SideFacts<'_>, scope: &Scope| {
        words(side.code(&scope.span)).iter().any(|it| {
            matches!(
                it.as_str(),
                "attempt" | "attempts" | "retry" | "retries" | "tries"
            )
        })
    };
    let only = old.iter().all(|it| it.0) && !new.iter().any(|it| it.0);
    (only && said(&delta.base_file.before, delta.before)).then_some([was.1, is.1])
}

/// `@retry(stop=stop_after_attempt(5))` that no longer stops.
fn annotated(old: &Scope, new: &Scope) -> Option<[u32; 2]> {
    fn stops(it: &Attribute) -> bool {
        let counted = it.arguments.iter().any(|it| {
            let name = it.name.as_deref().unwrap_or_default();
            (name == "stop" || counts(name)) && !no_limit(&it.value)
        });
        retries(&it.name) && counted
    }
    let was = old.attributes.iter().find(|it| stops(it))?;
    let is = new
        .attributes
        .iter()
        .find(|it| it.name == was.name && !stops(it))?;
    // A number of attempts has a default; an end of tenacity's has none.
    let open = is.arguments.iter().any(|it| no_limit(&it.value))
        || was
            .arguments
            .iter()
            .any(|it| it.name.as_deref() == Some("stop"));
    open.then_some([was.line, is.line])
}
