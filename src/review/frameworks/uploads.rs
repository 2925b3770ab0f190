//! Files that are kept under the name that whoever sent them chose.

use crate::facts::fact::Call;
use crate::facts::tree::{Expr, ExprKind, Scope, StmtKind};
use crate::facts::words::words;
use crate::review::deltas::delta::ScopeDelta;
use crate::review::deltas::slots::{each_expr, each_stmt};
use crate::review::record::finding::{Finding, name_of};
use std::collections::BTreeSet;

/// An upload that got a name of our own and is now kept under its own.
pub(crate) fn named_by_sender(delta: &ScopeDelta<'_>, out: &mut Vec<Finding>) {
    if !delta.calls_before.iter().any(|it| keeps_file(it)) || mentions_name(delta.before) {
        return;
    }
    let names = holding_name(delta.after);
    let from_sender = |it: &Expr| match &it.kind {
        ExprKind::Name(name) => names.contains(name.as_str()),
        _ => false,
    };
    let call = delta.calls_after.iter().find(|it| {
        keeps_file(it)
            && it
                .arguments
                .iter()
                .any(|it| as_it_is(&it.value, &|part| sent_name(part) || from_sender(part)))
    });
    let Some(call) = call else { return };
    out.push(
        Finding::new(delta.file, delta.symbol(), format!("{} under the sender's name", call.name))
            .after(call.place.line, delta.file.after.code(&call.place.span))
            .says(
                format!(
                    "{} kept an upload under a name of its own, and now under the name that the sender chose. Somebody could put a script where it is run, or take the place of another file.",
                    name_of(delta.symbol())
                ),
                "Make the name yourself, and take its ending from what the file really is.",
            )
            .speaks_if(!asks_for_kind(delta)),
    );
}

/// Whether a call keeps a file somewhere.
fn keeps_file(call: &Call) -> bool {
    matches!(
        call.name.as_str(),
        "move"
            | "moveTo"
            | "move_uploaded_file"
            | "mv"
            | "store"
            | "storeAs"
            | "storePublicly"
            | "storePubliclyAs"
            | "putFile"
            | "putFileAs"
            | "put"
            | "transferTo"
            | "writeFile"
            | "writeFileSync"
            | "createWriteStream"
            | "binwrite"
            | "copy_stream"
            | "upload_file"
            | "Create"
            | "OpenFile"
            | "WriteFile"
            | "SaveUploadedFile"
            | "SaveAs"
            | "FileStream"
            | "create"
            | "write"
            | "save"
    )
}

/// The name that came with a file.
fn sent_name(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Member(_, name) => matches!(
            name.as_str(),
            "original_filename" | "originalname" | "Filename" | "FileName" | "filename"
        ),
        ExprKind::Call(callee, arguments) => {
            arguments.is_empty()
                && matches!(
                    callee.last_name(),
                    "getClientOriginalName"
                        | "getClientFilename"
                        | "getOriginalFilename"
                        | "original_filename"
                        | "file_name"
                )
        }
        ExprKind::Index(object, key) => {
            object.first_name().trim_start_matches('$') == "_FILES"
                && matches!(&key.kind, ExprKind::Text(key) if key == "name")
        }
        _ => false,
    }
}

/// Whether a value is a part of an expression that no call has worked on.
fn as_it_is(expr: &Expr, wanted: &dyn Fn(&Expr) -> bool) -> bool {
    if wanted(expr) {
        return true;
    }
    let mut found = false;
    match &expr.kind {
        // Where the file goes is put together by calls: `path.join(folder, name)`.
        ExprKind::Call(callee, arguments) if joins(callee.last_name()) => {
            found = arguments.iter().any(|it| as_it_is(&it.value, wanted));
        }
        ExprKind::Call(..) | ExprKind::Map(_) => {}
        _ => expr.each_child(&mut |it| found |= as_it_is(it, wanted)),
    }
    found
}

fn joins(name: &str) -> bool {
    let found = words(name);
    found
        .iter()
        .any(|it| matches!(it.as_str(), "join" | "path" | "resolve" | "paths"))
}

fn mentions_name(scope: &Scope) -> bool {
    let mut found = false;
    each_expr(&scope.body, &mut |it| found |= sent_name(it));
    found
}

/// Local names that hold the sender's name as it is.
fn holding_name(scope: &Scope) -> BTreeSet<&str> {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    each_stmt(&scope.body, &mut |it| {
        if let StmtKind::Assign { target, value, .. } = &it.kind
            && let ExprKind::Name(name) = &target.kind
            && as_it_is(value, &|part| {
                sent_name(part)
                    || matches!(&part.kind, ExprKind::Name(other) if names.contains(other.as_str()))
            })
        {
            names.insert(name);
        }
    });
    names
}

/// Whether something still says which kinds of files are taken: here, or in the rules of a request
/// of its own type.
fn asks_for_kind(delta: &ScopeDelta<'_>) -> bool {
    let code = delta.file.after.code(&delta.after.span);
    let rules = [
        "mimes",
        "mimetypes",
        "'image'",
        "\"image\"",
        "extensions",
        "in_array",
        "include?",
    ];
    rules.iter().any(|it| code.contains(it))
        || delta.after.parameters.iter().any(|it| {
            let name = it.type_name.rsplit('\\').next().unwrap_or_default();
            name.ends_with("Request") && name.len() > "ServerRequest".len()
        })
}
