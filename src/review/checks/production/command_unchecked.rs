use crate::facts::fact::{Call, Exit, Usage};
use crate::facts::tree::{Argument, ExprKind, StmtKind};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::code::draws;
use crate::review::conditions::requirement::Requirement;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{is_off, is_on};
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A program is run, and nobody asks any more whether it failed.
    ///
    /// ## What it does
    /// Speaks when a function stopped where a program that it ran had failed, and now runs it and goes
    /// on: Ruby's `status.success?`, PHP's `$code !== 0`, Python's `check=True`. To write down how it
    /// ended is to go on.
    ///
    /// ## Why it matters
    /// An empty backup takes the place of a good one, a half-done import counts as done, and it is
    /// noticed only when somebody needs it.
    ///
    /// ## Example
    /// ```python
    /// subprocess.run(["pg_dump", "-f", path], check=True)
    /// subprocess.run(["pg_dump", "-f", path])
    /// ```
    ///
    /// ## Instead
    /// Stop where it fails, and look at what it made before it is used.
    "production/command-unchecked", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        if draws(delta.file) {
            continue;
        }
        let Some((before, line, code)) = asked(delta) else {
            continue;
        };
        // What it ran is still run, and nothing looks at what came of it.
        let ignored = |it: &&&Call| {
            runs(it)
                && !raises(it)
                && (it.result == Usage::Ignored
                    || answered_unheard(delta, it)
                    || only_told(delta, it))
        };
        let Some(after) = delta.calls_after.iter().find(ignored) else {
            continue;
        };
        if delta.calls_after.iter().any(|it| runs(it) && raises(it)) {
            continue;
        }
        let still = |it: &Requirement| says_outcome(it);
        let elsewhere = delta.gained.iter().any(still) || context.deltas.extracted(delta);
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("{} unchecked", before.name))
                .before(line, code)
                .after(after.place.line, delta.file.after.code(&after.place.span))
                .says(
                    format!(
                        "{} stopped where the program that it runs had failed, and now goes on as if it had not. What comes after works with whatever is left.",
                        name_of(delta.symbol())
                    ),
                    "Stop where it fails, and look at what it made before it is used.",
                )
                .speaks_if(!elsewhere),
        );
    }
}

/// Whether a call is what a function ends with, and nobody takes the answer of the function: in Ruby
/// the last value is the answer.
fn answered_unheard(delta: &ScopeDelta<'_>, call: &Call) -> bool {
    let after = &delta.file.after;
    let ends = delta.after.body.last().is_some_and(|it| match &it.kind {
        StmtKind::Return(Some(value)) => {
            value.span == call.place.span && !after.code(&it.span).starts_with("return")
        }
        _ => false,
    });
    let mut callers = after
        .facts
        .calls
        .iter()
        .filter(|it| it.name == delta.after.name)
        .peekable();
    ends && callers.peek().is_some() && callers.all(|it| it.result == Usage::Ignored)
}

/// Whether how a program ended is only written down: no line asks for it.
fn only_told(delta: &ScopeDelta<'_>, call: &Call) -> bool {
    let Some(target) = call.target.as_deref().filter(|it| !it.is_empty()) else {
        return false;
    };
    let file = &delta.file.after;
    let own = file.code(&call.place.span);
    let rest = file.code(&delta.after.span).replace(own, "");
    let says = |line: &str| {
        line.split(|it: char| !(it.is_alphanumeric() || it == '_'))
            .any(|it| it == target)
    };
    let tells = |line: &str| {
        let told = ["log", "print", "puts", "warn", "info", "debug", "echo"]
            .iter()
            .any(|it| line.contains(it));
        let shown = line.trim_start().starts_with("if ")
            && (line.contains("stderr") || line.contains("stdout"))
            && !line.contains("code");
        told && !line.trim_start().starts_with("if ") || shown
    };
    let assigned = |line: &str| {
        let line = line.trim();
        line.starts_with(target) && line.ends_with('=')
    };
    rest.lines()
        .filter(|line| says(line))
        .all(|line| tells(line) || assigned(line))
}

/// The call before that ran a program, and where its failure was asked for.
fn asked<'d>(delta: &'d ScopeDelta<'_>) -> Option<(&'d Call, u32, &'d str)> {
    let call = delta.calls_before.iter().copied().find(|it| runs(it))?;
    if let Some(lost) = delta
        .lost
        .iter()
        .find(|it| it.exit != Exit::Leaves && says_outcome(it))
    {
        let code = delta.base_file.before.code(&lost.place.span);
        return Some((call, lost.place.line, code));
    }
    let raised = delta
        .calls_before
        .iter()
        .copied()
        .find(|it| runs(it) && raises(it))?;
    let code = delta.base_file.before.code(&raised.place.span);
    Some((raised, raised.place.line, code))
}

/// Whether a requirement asks how a program ended.
fn says_outcome(requirement: &Requirement) -> bool {
    let mut found = false;
    requirement.condition.walk(&mut |it| {
        if let ExprKind::Name(name) | ExprKind::Member(_, name) = &it.kind {
            let name = name.trim_end_matches('?').trim_start_matches('$');
            found |= matches!(
                name,
                "success"
                    | "exitstatus"
                    | "exit_status"
                    | "exit_code"
                    | "exitCode"
                    | "returncode"
                    | "return_code"
                    | "returnCode"
                    | "resultCode"
                    | "code"
                    | "status"
            );
        }
    });
    found
}

/// Whether a call runs another program.
fn runs(call: &Call) -> bool {
    let on = call.callee.first_name();
    let alone = matches!(call.callee.kind, ExprKind::Name(_));
    match call.name.as_str() {
        "system" | "passthru" => alone || on == "Kernel",
        "exec" | "shell_exec" | "proc_open" => alone,
        "capture3" | "capture2" | "capture2e" => on == "Open3",
        "run" | "call" | "check_call" | "check_output" => on == "subprocess",
        "spawnSync" | "execSync" | "execFileSync" => true,
        _ => false,
    }
}

/// Whether a call that runs a program raises by itself where it fails.
fn raises(call: &Call) -> bool {
    let on = |it: &Argument| match it.name.as_deref() {
        Some("check" | "exception") => is_on(&it.value) && !is_off(&it.value),
        _ => false,
    };
    matches!(
        call.name.as_str(),
        "check_call" | "check_output" | "execSync" | "execFileSync"
    ) || call.arguments.iter().any(on)
        || words(&call.name).iter().any(|it| it == "checked")
}
