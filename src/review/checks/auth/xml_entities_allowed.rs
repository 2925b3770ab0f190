use crate::facts::tree::{Argument, Expr, ExprKind};
use crate::review::Context;
use crate::review::frameworks::marks;
use crate::review::record::finding::{Finding, name_of};

check! {
    /// A reader of XML may follow what a document points at.
    ///
    /// ## What it does
    /// Looks for what forbids a reader of XML to load documents and files from outside
    /// (`disallow-doctype-decl`, `FEATURE_SECURE_PROCESSING`, `resolve_entities=False`,
    /// `DtdProcessing.Prohibit`, `defusedxml` …) and speaks when it is gone from code that stays.
    ///
    /// ## Why it matters
    /// A document that somebody sends can then read files of the server, reach other machines of
    /// the network, or use up all memory.
    ///
    /// ## Example
    /// ```java
    /// factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true); // gone
    /// factory.newDocumentBuilder().parse(upload);
    /// ```
    ///
    /// ## Instead
    /// Forbid document types and entities from outside wherever a document is read that somebody
    /// else wrote.
    "auth/xml-entities-allowed", Auth, SPEAKS, run
}

/// Names and texts of switches, and how they are shown.
const SWITCHES: &[(&str, &str)] = &[
    ("disallow-doctype-decl", "disallow-doctype-decl"),
    ("external-general-entities", "external-general-entities"),
    ("external-parameter-entities", "external-parameter-entities"),
    ("load-external-dtd", "load-external-dtd"),
    ("FEATURE_SECURE_PROCESSING", "FEATURE_SECURE_PROCESSING"),
    ("ACCESS_EXTERNAL_DTD", "ACCESS_EXTERNAL_DTD"),
    ("ACCESS_EXTERNAL_SCHEMA", "ACCESS_EXTERNAL_SCHEMA"),
    ("ACCESS_EXTERNAL_STYLESHEET", "ACCESS_EXTERNAL_STYLESHEET"),
    ("SUPPORT_DTD", "SUPPORT_DTD"),
    (
        "IS_SUPPORTING_EXTERNAL_ENTITIES",
        "IS_SUPPORTING_EXTERNAL_ENTITIES",
    ),
];

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let mut said: Vec<(&str, &str)> = Vec::new();
    for it in marks::gone(context, &forbids) {
        let delta = it.delta;
        // One sentence a function is enough.
        let place = (delta.file.path.as_str(), delta.symbol());
        if said.contains(&place) {
            continue;
        }
        said.push(place);
        out.push(
            Finding::new(delta.file, delta.symbol(), format!("xml {}", it.name))
                .before(it.before.line, delta.base_file.before.code(&it.before.span))
                .near(delta.line_after(it.before.line))
                .says(
                    format!(
                        "{} forbade the reader of XML to follow what a document points at (`{}`), and no longer does. A document that somebody sends could read files of the server or reach other machines.",
                        name_of(delta.symbol()),
                        it.name
                    ),
                    "Forbid it again, or say why only documents of our own are read here.",
                )
                .speaks_if(delta.kept() >= 0.3),
        );
    }
}

/// What an expression forbids a reader of XML.
fn forbids(expr: &Expr) -> Option<&'static str> {
    let ExprKind::Call(callee, arguments) = &expr.kind else {
        let closed = matches!(expr.last_name(), "Prohibit" | "Ignore")
            && matches!(&expr.kind, ExprKind::Member(of, _) if of.last_name() == "DtdProcessing");
        return closed.then_some("DtdProcessing");
    };
    let first = arguments.first().map(|it| &it.value);
    match callee.last_name() {
        "setFeature" | "setProperty" | "setAttribute" => {
            let name = match &first?.kind {
                ExprKind::Text(text) => text.as_str(),
                _ => first?.last_name(),
            };
            let found = SWITCHES.iter().find(|it| name.ends_with(it.0))?;
            Some(found.1)
        }
        "setExpandEntityReferences" if off(first) => Some("setExpandEntityReferences"),
        "setXIncludeAware" if off(first) => Some("setXIncludeAware"),
        "libxml_disable_entity_loader" if !off(first) => Some("libxml_disable_entity_loader"),
        _ if callee.first_name() == "defusedxml" => Some("defusedxml"),
        _ => arguments.iter().find_map(named),
    }
}

fn named(argument: &Argument) -> Option<&'static str> {
    assigned(argument.name.as_deref()?, &argument.value)
}

fn assigned(name: &str, value: &Expr) -> Option<&'static str> {
    match name {
        "resolve_entities" if off(Some(value)) => Some("resolve_entities"),
        "XmlResolver" if value.kind == ExprKind::Null => Some("XmlResolver"),
        _ => None,
    }
}

fn off(value: Option<&Expr>) -> bool {
    value.is_some_and(|it| it.kind == ExprKind::Bool(false))
}
