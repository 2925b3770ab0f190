use crate::facts::tree::{Expr, ExprKind};
use crate::review::Context;
use crate::review::deltas::slots::is_off;
use crate::review::frameworks::marks;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// Answers no longer carry a header that tells browsers to protect the visitor.
    ///
    /// ## What it does
    /// Looks for the headers `X-Frame-Options`, `Content-Security-Policy`,
    /// `Strict-Transport-Security` and `X-Content-Type-Options`, and for the calls and settings that
    /// send them. It speaks when one is gone over the whole change.
    ///
    /// ## Why it matters
    /// Nothing looks different. Other sites can then put the page into a frame and have people
    /// click in it, run scripts that found their way into a page, or read along on the network.
    ///
    /// ## Example
    /// ```js
    /// res.setHeader("X-Frame-Options", "DENY"); // gone
    /// ```
    ///
    /// ## Instead
    /// Keep the header, or say what sends it now.
    "auth/security-header-dropped", Auth, SPEAKS, run
}

const FRAME: &str = "X-Frame-Options";
const CONTENT: &str = "Content-Security-Policy";
const TRANSPORT: &str = "Strict-Transport-Security";
const SNIFF: &str = "X-Content-Type-Options";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for it in marks::gone(context, &header) {
        let delta = it.delta;
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("header {}", it.name))
                .before(it.before.line, delta.base_file.before.code(&it.before.span))
                .near(delta.line_after(it.before.line))
                .says(
                    format!(
                        "{} no longer sends the header `{}`. {}",
                        name_of(delta.symbol()),
                        it.name,
                        harm(it.name)
                    ),
                    "Keep the header, or say what sends it now.",
                )
                .speaks_if(!delta.after.body.is_empty()),
        );
    }
}

/// What becomes possible without a header.
fn harm(name: &str) -> &'static str {
    match name {
        FRAME => {
            "Another site could show the page in a frame and have people click in it unawares."
        }
        CONTENT => {
            "A script that found its way into a page could run in the browsers of those who look at it."
        }
        TRANSPORT => {
            "A browser may be led to the address without encryption, where others can read along."
        }
        _ => "A browser may take an uploaded file for a page or a script and run it.",
    }
}

/// The header that an expression sends, or tells a library to send.
fn header(expr: &Expr) -> Option<&'static str> {
    match &expr.kind {
        ExprKind::Text(text) => of_text(text),
        ExprKind::Call(callee, arguments) => {
            let on = arguments.first().is_none_or(|it| !is_off(&it.value));
            of_call(callee.last_name()).filter(|_| on)
        }
        _ => None,
    }
}

fn of_text(text: &str) -> Option<&'static str> {
    [FRAME, CONTENT, TRANSPORT, SNIFF]
        .into_iter()
        .find(|it| text.eq_ignore_ascii_case(it))
}

fn of_call(name: &str) -> Option<&'static str> {
    Some(match name {
        "setXFrameOptions" | "xFrameOptions" | "frameOptions" | "frameguard" | "xframe" => FRAME,
        "contentSecurityPolicy" | "content_security_policy" | "setContentSecurityPolicy" => CONTENT,
        "hsts" | "strictTransportSecurity" | "httpStrictTransportSecurity" | "UseHsts" => TRANSPORT,
        "noSniff" | "nosniff" | "contentTypeOptions" | "setNoSniff" => SNIFF,
        _ => return None,
    })
}
