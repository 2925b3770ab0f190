use crate::facts::{Language, read};

fn body(source: &str) -> String {
    let tree = read(Language::Rust, &format!("fn f() -> R {{ {source} }}")).unwrap();
    let lines: Vec<String> = tree.scopes[1]
        .body
        .iter()
        .map(ToString::to_string)
        .collect();
    lines.join("\n")
}

#[test]
fn let_else_and_match_that_leaves_say_the_same_guard() {
    let guard = "if !matches(find(id), Some) {return Err(Missing)}\nx = find(id)\nreturn Ok(x)";
    assert_eq!(
        body("let Some(x) = find(id) else { return Err(Missing) }; Ok(x)"),
        guard
    );
    assert_eq!(
        body("let x = match find(id) { Some(x) => x, None => return Err(Missing) }; Ok(x)"),
        guard
    );
    assert_eq!(
        body("let x = match find(id) { None => { return Err(Missing); } Some(it) => it }; Ok(x)"),
        guard
    );
}

#[test]
fn macros_that_leave_are_raised() {
    assert_eq!(
        body(r#"if !user.admin { bail!("no {}", user.name) } ensure!(a == b, "differs"); x();"#),
        "if !user.admin {throw bail!(\"no {}\", user.name)}\nif a != b {throw \"differs\"}\nx()"
    );
    assert_eq!(
        body("if cond { err!(\"no\") }; err_code!(\"no\", 404)"),
        "if cond {throw err!(\"no\")}\nthrow err_code!(\"no\", 404)"
    );
}

#[test]
fn macro_arguments_are_expressions() {
    assert_eq!(
        body(
            "routes![list, api::show]; info!(user = id, \"x\"); v(json!({\"a\": [1, b.c()], \"d\": null}));"
        ),
        "routes!(list, api.show)\ninfo!(user: id, \"x\")\nv(json!({a: [1, b.c()], d: null}))"
    );
    assert_eq!(body("strange! { a => b, c };"), "strange!(\"a => b\", c)");
}

#[test]
fn question_marks_references_and_waiting() {
    assert_eq!(
        body("let n = count(&db, *id).await? as u64; n.parse::<u8>().unwrap();"),
        "n = count(db, id)?\nn.parse().unwrap()"
    );
}

#[test]
fn values_that_take_several_ways() {
    assert_eq!(
        body("let x = if a { b } else { return Err(c) }; let y = if a { 1 } else { 2 }; x"),
        "if a {x = b} else {return Err(c)}\ny = a ? 1 : 2\nreturn x"
    );
    assert_eq!(
        body("match user { Some(u) if u.admin => Ok(u), _ => Err(Forbidden) }"),
        "switch user case Some && u.admin: {u = user, return Ok(u)} case : {return Err(Forbidden)}"
    );
}

#[test]
fn symbols_attributes_and_tests() {
    let tree = read(
        Language::Rust,
        "mod api {
            #[derive(Debug)]
            pub struct Admin<T>(T);
            #[post(\"/x/<id>\", data = \"<data>\")]
            /// Words.
            pub async fn show(Path(id): Path<u32>, &self) -> R { id }
            impl<T> FromRequest for super::Admin<T> { fn from_request(&self) { go(); } }
        }
        #[cfg(test)]
        mod tests { fn hidden() {} }
        #[tokio::test]
        async fn also_hidden() {}",
    )
    .unwrap();
    assert_eq!(
        tree.to_string(),
        "Class api
@post(\"/x/<id>\", data: \"<data>\")
Function api.show(id: Path<u32>)
  return id
Class api.Admin < FromRequest
Function api.Admin.from_request
  go()
"
    );
}
