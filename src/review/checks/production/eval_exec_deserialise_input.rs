use crate::facts::tree::{Argument, Expr, ExprKind, Scope};
use crate::review::Context;
use crate::review::finding::{Finding, name_of};
use crate::review::money::{definitions, expand, from_caller};
use crate::review::slots::{each_expr, is_on, touched};
use std::collections::BTreeMap;

check! {
    /// Text from outside could run as code.
    ///
    /// ## What it does
    /// Looks for calls that run code or commands, or that build objects from data (`eval`, `exec`,
    /// `pickle.loads`, `yaml.load`, `Marshal.load`, a shell), that are new. It speaks when a safe
    /// reader became an unsafe one, and when what is run comes from a request; the rest is recorded.
    ///
    /// ## Why it matters
    /// Whoever writes the text runs code on the server.
    ///
    /// ## Example
    /// ```python
    /// data = yaml.safe_load(body) # before
    /// data = yaml.load(body)      # after
    /// ```
    ///
    /// ## Instead
    /// Use the safe reader, and pass commands as a list, without a shell.
    "production/eval-exec-deserialise-input", Production, SPEAKS, run
}

/// A call that can run what it is given: its name, and whether there is a safe form of it.
fn runs(callee: &Expr, arguments: &[Argument]) -> Option<&'static str> {
    let text = callee.to_string();
    let fixed = arguments
        .first()
        .is_none_or(|it| matches!(it.value.kind, ExprKind::Text(_)));
    if fixed {
        return None;
    }
    let safe_loader = arguments
        .iter()
        .any(|it| it.value.to_string().contains("SafeLoader"));
    Some(match text.as_str() {
        "eval" | "globalThis.eval" | "window.eval" => "eval",
        "exec" => "exec",
        "Function" => "Function",
        "pickle.loads" | "pickle.load" | "cPickle.loads" | "dill.loads" | "marshal.loads" => {
            "pickle"
        }
        "yaml.load" if !safe_loader => "yaml.load",
        "yaml.unsafe_load" | "yaml.full_load" | "YAML.unsafe_load" | "YAML.load" => "yaml.load",
        "Marshal.load" | "Marshal.restore" => "Marshal.load",
        "unserialize" => "unserialize",
        "os.system"
        | "os.popen"
        | "child_process.exec"
        | "execSync"
        | "child_process.execSync"
        | "shell_exec"
        | "system"
        | "passthru" => "a shell",
        "subprocess.run" | "subprocess.call" | "subprocess.Popen" | "subprocess.check_output"
            if arguments
                .iter()
                .any(|it| it.name.as_deref() == Some("shell") && is_on(&it.value)) =>
        {
            "a shell"
        }
        "instance_eval" | "class_eval" => "eval",
        _ => return None,
    })
}

fn safe(expr: &Expr) -> bool {
    let ExprKind::Call(callee, arguments) = &expr.kind else {
        return false;
    };
    matches!(
        callee.to_string().as_str(),
        "yaml.safe_load"
            | "YAML.safe_load"
            | "json.loads"
            | "JSON.parse"
            | "ast.literal_eval"
            | "json_decode"
            | "subprocess.run"
            | "execFile"
            | "child_process.execFile"
            | "spawn"
            | "execFileSync"
            | "YAML.load_file"
            | "literal_eval"
            | "subprocess.check_output"
    ) || arguments
        .iter()
        .any(|it| it.value.to_string().contains("SafeLoader"))
}

type Found = BTreeMap<&'static str, (u32, crate::facts::tree::Span, bool)>;

fn found(scope: &Scope) -> Found {
    let known = definitions(scope);
    let mut out = Found::new();
    each_expr(&scope.body, &mut |it| {
        if let ExprKind::Call(callee, arguments) = &it.kind
            && let Some(name) = runs(callee, arguments)
        {
            let outside = arguments
                .first()
                .is_some_and(|it| reaches(&expand(&it.value, &known, 0)));
            out.insert(name, (it.line, it.span.clone(), outside));
        }
    });
    out
}

/// Whether what a caller sends is in it, texts with values included.
fn reaches(expr: &Expr) -> bool {
    let mut any = false;
    expr.walk(&mut |it| any |= from_caller(it));
    any
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for scope in touched(context) {
        let before = scope.before.map(found).unwrap_or_default();
        for (name, (line, span, outside)) in found(scope.after) {
            if before.get(name).is_some_and(|it| it.2 || !outside) {
                continue;
            }
            let count = |scope: &Scope| {
                let mut count = 0;
                each_expr(&scope.body, &mut |it| count += usize::from(safe(it)));
                count
            };
            let swapped = scope
                .before
                .is_some_and(|it| count(it) > count(scope.after));
            let path = scope.file.path.to_lowercase();
            let tool = [
                "script", "build", "bin/", "tools/", "test", "spec", "setup", "bench", "webpack",
                "gulp", "rakefile",
            ]
            .iter()
            .any(|it| path.contains(it));
            out.push(
                Finding::new(scope.file, &scope.after.path, format!("runs {name}"))
                    .after(line, scope.file.after.code(&span))
                    .says(
                        format!(
                            "{} now passes a text to {name} that is not fixed. If it comes from outside, whoever writes it could run code on the server.",
                            name_of(&scope.after.path)
                        ),
                        "Use the safe reader, or pass the command as a list without a shell.",
                    )
                    .speaks_if((outside || swapped) && !tool && !scope.broken()),
            );
        }
    }
}
