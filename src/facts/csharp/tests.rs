use crate::facts::{Language, read};

fn lowered(source: &str) -> String {
    read(Language::CSharp, source).unwrap().to_string()
}

fn method(body: &str) -> String {
    let tree = read(
        Language::CSharp,
        &format!("class A {{ void M() {{ {body} }} }}"),
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
fn guards_in_every_writing() {
    let guard = "if null == order {throw Missing()}";
    assert_eq!(method("if (order == null) { throw new Missing(); }"), guard);
    assert_eq!(method("if (order is null) throw new Missing();"), guard);
    assert_eq!(
        method("var x = order ?? throw new Missing();"),
        format!("{guard}\nx = order")
    );
}

#[test]
fn patterns() {
    assert_eq!(
        method(
            "if (o is not null && o is Foo f && x is \"a\" or \"b\" && y is { Active: true }) return;"
        ),
        "if (\"a\" == x || \"b\" == x) && null != o && o in Foo && true == y.Active {return}"
    );
    assert_eq!(
        method("if (n is > 5 and < 7) F(); if (s is not (A.B or A.C)) return;"),
        "if 5 < n && n < 7 {F()}\nif A.B != s && A.C != s {return}"
    );
    assert_eq!(
        method(
            "var v = k switch { A.B => 1, \"a\" or \"b\" => 3, null => throw new E(), Foo f when f.X => 2, _ => 4 };"
        ),
        "switch k case A.B: {v = 1} case \"a\", \"b\": {v = 3} case null: {throw E()} case Foo && f.X: {v = 2} case : {v = 4}"
    );
}

#[test]
fn contexts_and_errors() {
    assert_eq!(
        method("using (var tx = db.Begin()) { a(); } lock (_lock) { b(); }"),
        "with tx = db.Begin() {a()}\nwith _lock {b()}"
    );
    assert_eq!(
        method("try { h(); } catch (A e) when (e.X) { log(e); } catch { throw; } finally { z(); }"),
        "try {h()} catch A e when e.X {log(e)} catch  {throw} finally {z()}"
    );
}

#[test]
fn values() {
    assert_eq!(
        method(
            "var name = order?.Owner?.Name!.Trim() ?? $\"x {order.Id:N} y\"; o = new Foo(1) { A = b }; p = new { o.Id, N = x };"
        ),
        "name = `x ${order.Id} y` || order.Owner.Name.Trim()\no = Foo(1, {A: b})\np = {Id: o.Id, N: x}"
    );
    assert_eq!(
        method(
            "await db.Orders.Where(o => o.UserId == id).ToListAsync<T>(); var q = from o in db.Orders where o.UserId == id select o;"
        ),
        "db.Orders.Where((o) => {return id == o.UserId}).ToListAsync()\nq = db.Orders.Where((o) => {return id == o.UserId}).Select((o) => {return o})"
    );
    assert_eq!(
        method("this.Do(out var r, name: (int)x); y.Z += 1; i++; d[\"a\"] = base.F();"),
        "self.Do(r, name: x)\ny.Z += 1\ni += 1\nd[\"a\"] = base.F()"
    );
}

#[test]
fn attributes_properties_and_minimal_routes() {
    assert_eq!(
        lowered(
            "namespace N;
            [ApiController, Route(\"api\")]
            [Authorize(Roles = \"Admin\")]
            public class A(IFoo foo) : Controller, IBar {
                [JsonIgnore] public string P { get; set; } = \"x\";
                public bool IsAdmin => User.IsInRole(\"admin\");
                public int Z { get { return z; } set { if (value < 0) throw new E(); z = value; } }
                [HttpGet(\"{id}\")]
                public async Task<R> Get([FromRoute] Guid id, string q = \"a\") => await Find(id);
            }
            public record R([Required] string A);
            app.MapPost(\"/x\", async (Db db) => { await db.Save(); }).RequireAuthorization(\"admin\");"
        ),
        "  app.MapPost(\"/x\", MapPost /x).RequireAuthorization(\"admin\")
@ApiController
@Route(\"api\")
@Authorize(Roles: \"Admin\")
Class A(foo: IFoo) < Controller, IBar
  @JsonIgnore(P)
  P = \"x\"
Function A.IsAdmin
  return User.IsInRole(\"admin\")
Function A.Z.get
  return z
Function A.Z.set
  if value < 0 {throw E()}
  z = value
@HttpGet(\"{id}\")
Function A.Get(@FromRoute id: Guid, q: string = \"a\")
  return Find(id)
Class R(@Required A: string)
Function MapPost /x(db: Db)
  db.Save()
"
    );
}
