use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind};
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::local;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Text from outside may now be run as code.
    ///
    /// ## What it does
    /// Looks for calls that run what they are given: `eval`, shell commands put together from
    /// values, and readers that can create any object (`pickle`, `yaml.load`, `Marshal`,
    /// `unserialize`). Speaks when a safe reader is replaced by such a one, or such a call is new in
    /// existing code, with something else than a fixed text. Build scripts stay silent.
    ///
    /// ## Why it matters
    /// Whoever can put text there can do on the server whatever the application can.
    ///
    /// ## Example
    /// ```python
    /// yaml.load(body)   # was: yaml.safe_load(body)
    /// ```
    ///
    /// ## Instead
    /// Use the reader that only knows data, and pass arguments to commands as a list.
    "production/dangerous-call", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if local(&delta.file.path) || script(&delta.file.path) {
            continue;
        }
        let before: Vec<&str> = delta
            .calls_before
            .iter()
            .filter_map(|it| danger(it))
            .collect();
        let mut told: Vec<&str> = Vec::new();
        for call in &delta.calls_after {
            let Some(name) = danger(call) else { continue };
            let was = before.iter().filter(|it| **it == name).count();
            let is = delta
                .calls_after
                .iter()
                .filter(|it| danger(it) == Some(name))
                .count();
            let counts = counts(context, name);
            // Not more of them in the whole change than before: moved.
            if is <= was || counts[1] <= counts[0] || told.contains(&name) {
                continue;
            }
            told.push(name);
            let mut finding = Finding::new(delta.file, delta.symbol(), format!("{name} called"))
                .after(call.place.line, delta.file.after.code(&call.place.span))
                .says(
                    format!(
                        "{} now hands something to `{name}`, which runs what it is given. If any of it \
                         comes from outside, a stranger can run code on the server.",
                        name_of(delta.symbol())
                    ),
                    "Use the reader that only knows data, or pass arguments to the command as a list.",
                );
            // What the same file writes, it may read.
            let own = READERS.contains(&name)
                && delta
                    .calls_after
                    .iter()
                    .all(|it| danger(it) != Some(name) || !from_request(&it.arguments[0].value))
                && writes(delta.file);
            let safer = delta
                .calls_lost
                .iter()
                .find(|it| it.name.starts_with("safe_") && last(name).ends_with("load"));
            if let Some(safer) = safer {
                finding = finding.before(
                    safer.place.line,
                    delta.base_file.before.code(&safer.place.span),
                );
            }
            found.push(finding.speaks_if(!own || safer.is_some()));
        }
    }
}

/// Functions that read back what their counterpart has written.
const READERS: &[&str] = &["pickle.loads", "Marshal.load", "unserialize"];

/// Whether a file also writes what such functions read.
fn writes(file: &FilePair<'_>) -> bool {
    file.after
        .facts
        .calls
        .iter()
        .any(|it| matches!(it.name.as_str(), "dumps" | "dump" | "serialize"))
}

/// Whether a value is taken straight from a request.
fn from_request(value: &Expr) -> bool {
    let mut found = false;
    value.walk(&mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
            found |= matches!(
                name.as_str(),
                "req"
                    | "request"
                    | "params"
                    | "query"
                    | "body"
                    | "_GET"
                    | "_POST"
                    | "_REQUEST"
                    | "$_GET"
                    | "$_POST"
                    | "$_REQUEST"
            );
        }
    });
    found
}

/// How often such a call stands on either side of the whole change.
fn counts(context: &Context<'_>, name: &str) -> [usize; 2] {
    let count = |calls: &[Call]| calls.iter().filter(|it| danger(it) == Some(name)).count();
    context.files.iter().fold([0, 0], |[before, after], file| {
        [
            before + count(&file.before.facts.calls),
            after + count(&file.after.facts.calls),
        ]
    })
}

fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// Scripts of the project itself, which get nothing from outside.
fn script(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [
        "scripts/",
        "script/",
        "bin/",
        "tools/",
        "build/",
        "tasks/",
        ".github/",
        "migrations/",
        "migrate/",
        "setup.py",
        ".config.",
    ]
    .iter()
    .any(|it| {
        path.starts_with(it)
            || path.contains(&format!("/{it}"))
            || it.starts_with('.') && path.contains(it)
            || path.ends_with(it)
    })
}

/// The dangerous function that a call is to; none where it gets a fixed text.
fn danger(call: &Call) -> Option<&'static str> {
    let fixed = |expr: &Expr| {
        matches!(
            expr.kind,
            ExprKind::Text(_) | ExprKind::Number(_) | ExprKind::Function(..)
        )
    };
    let first = call.arguments.first()?;
    if fixed(&first.value) {
        return None;
    }
    let callee = call.callee.to_string();
    let argument = |name: &str| {
        call.arguments
            .iter()
            .find(|it| it.name.as_deref() == Some(name))
    };
    let loader =
        argument("Loader").or_else(|| call.arguments.get(1).filter(|it| it.name.is_none()));
    let safe = loader.is_some_and(|it| it.value.to_string().contains("Safe"));
    Some(match callee.as_str() {
        "eval" | "window.eval" | "globalThis.eval" => "eval",
        "exec"
            if call.arguments.len() <= 2
                && call.arguments.iter().all(|it| it.name.is_none())
                && matches!(
                    first.value.kind,
                    ExprKind::Template(_) | ExprKind::Binary(..)
                ) =>
        {
            "exec"
        }
        "Function" | "new Function" => "Function",
        // Any class that the text names is made.
        it if it.ends_with("activateDefaultTyping")
            && first.value.to_string().contains("LaissezFaire") =>
        {
            "activateDefaultTyping"
        }
        it if it.ends_with(".enableDefaultTyping") => "enableDefaultTyping",
        "pickle.loads" | "pickle.load" | "cPickle.loads" | "dill.loads" | "marshal.loads" => {
            "pickle.loads"
        }
        "yaml.load" | "yaml.unsafe_load" | "yaml.full_load" if !safe => "yaml.load",
        "YAML.unsafe_load" | "Psych.unsafe_load" => "YAML.unsafe_load",
        "Marshal.load" => "Marshal.load",
        "unserialize" => "unserialize",
        "os.system" | "os.popen" => "os.system",
        "child_process.exec" | "execSync" | "child_process.execSync"
            if matches!(
                first.value.kind,
                ExprKind::Template(_) | ExprKind::Binary(..)
            ) || from_request(&first.value) =>
        {
            "exec"
        }
        "subprocess.run"
        | "subprocess.call"
        | "subprocess.check_output"
        | "subprocess.Popen"
        | "subprocess.check_call"
            if argument("shell")
                .is_some_and(|it| matches!(it.value.kind, ExprKind::Bool(true))) =>
        {
            "subprocess with shell"
        }
        "instance_eval" | "class_eval" | "instance_variable_eval"
            if matches!(first.value.kind, ExprKind::Template(_)) =>
        {
            "eval"
        }
        _ => return None,
    })
}
