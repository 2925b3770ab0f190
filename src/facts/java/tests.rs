use crate::facts::{Language, read};

fn lowered(source: &str) -> String {
    read(Language::Java, source).unwrap().to_string()
}

fn method(body: &str) -> String {
    let tree = read(
        Language::Java,
        &format!("class A {{ void m() {{ {body} }} }}"),
    )
    .unwrap();
    let lines: Vec<String> = tree.scopes[2]
        .body
        .iter()
        .map(ToString::to_string)
        .collect();
    lines.join("\n")
}

#[test]
fn guards_and_errors() {
    assert_eq!(
        method(
            "if (!owner.equals(user)) { throw new Denied(\"no\"); } else if (q) return; else f();"
        ),
        "if !owner.equals(user) {throw Denied(\"no\")} else {if q {return} else {f()}}"
    );
    assert_eq!(
        method("try (Lock l = lock()) { a(); } catch (A | B e) { log(e); } finally { z(); }"),
        "try {with l = lock() {a()}} catch A | B e {log(e)} finally {z()}"
    );
    assert_eq!(
        method("try (Lock l = lock(); m) { a(); } synchronized (this) { b(); }"),
        "{with l = lock(), m {a()}}\nwith self {b()}"
    );
    assert_eq!(
        method("assert x > 1 : \"m\"; if (a instanceof B b) i++;"),
        "if x <= 1 {throw \"m\"}\nif a in B {i += 1}"
    );
}

#[test]
fn ways() {
    assert_eq!(
        method(
            "int v = switch (k) { case A, B -> 1; case C -> { f(); yield 2; } default -> throw new E(); };"
        ),
        "switch k case A, B: {v = 1} case C: {f(), v = 2} case : {throw E()}"
    );
    assert_eq!(
        method("switch (k) { case 1: a(); break; default: b(); } return (T) c ? d : e;"),
        "switch k case 1: {a(), break} case : {b()}\nreturn c ? d : e"
    );
}

#[test]
fn calls() {
    assert_eq!(
        method(
            "repo.<T>find(id).map(Foo::bar).orElseThrow(() -> new Missing(id)); new B<>(1); int[] x = {1, 2};"
        ),
        "repo.find(id).map(Foo.bar).orElseThrow(() => {return Missing(id)})\nB(1)\nx = [1, 2]"
    );
}

#[test]
fn annotations_everywhere() {
    assert_eq!(
        lowered(
            "@PreAuthorize(\"hasRole('ADMIN')\") class A extends B<C> implements D {
                static final String X = \"y\";
                @JsonIgnore private String password;
                static { init(); }
                @Authorized({\"A\", P.B}) @GetMapping(value = \"/x/{id}\")
                public R show(@PathVariable(\"id\") Long id, String... rest) { return new R(id); }
                A(B b) { super(b); }
            }
            interface I { @Authorized(\"X\") void save(O o); }
            enum E { A(\"x\"), B; void f() { g(); } }
            record P(int a) { P { check(a); } }"
        ),
        "@PreAuthorize(\"hasRole('ADMIN')\")
Class A < B<C>, D
  X = \"y\"
  @JsonIgnore(password)
  init()
@Authorized([\"A\", P.B])
@GetMapping(value: \"/x/{id}\")
Function A.show(@PathVariable(\"id\") id: Long, rest)
  return R(id)
Function A.A(b: B)
  super(b)
Class I
@Authorized(\"X\")
Function I.save(o: O)
Class E
  A = [\"x\"]
Function E.f
  g()
Class P(a: int)
Function P.P
  check(a)
"
    );
}
