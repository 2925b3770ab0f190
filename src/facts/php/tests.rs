use crate::facts::{Language, read};

fn lowered(source: &str) -> String {
    read(Language::Php, &format!("<?php {source}"))
        .unwrap()
        .to_string()
}

#[test]
fn guards_in_every_writing() {
    assert_eq!(
        lowered("if (!$user->isAdmin()) { throw new Denied(); }"),
        "  if !user.isAdmin() {throw Denied()}\n"
    );
    assert_eq!(
        lowered("$user->isAdmin() or die('no'); $x = $a ?? throw new Missing(\"$id\");"),
        "  if !user.isAdmin() {throw exit(\"no\")}\n  if a == null {throw Missing(`${id}`)}\n  x = a\n"
    );
    assert_eq!(
        lowered("if ($a): b(); elseif ($c): d(); else: exit; endif;"),
        "  if a {b()} else {if c {d()} else {throw exit()}}\n"
    );
}

#[test]
fn laravel_leaves_by_functions() {
    assert_eq!(
        lowered("abort_if($a, 403); abort_unless($user->can('x'), 404, 'no');"),
        "  if a {throw abort(403)}\n  if !user.can(\"x\") {throw abort(404, \"no\")}\n"
    );
    assert_eq!(
        lowered("throw_if(!$b, Denied::class); throw_unless($c, new Bad('x')); other_if($d);"),
        "  if !b {throw Denied.class}\n  if !c {throw Bad(\"x\")}\n  other_if(d)\n"
    );
}

#[test]
fn attributes_and_docblocks_of_the_declaration_below() {
    assert_eq!(
        lowered(
            "namespace App; /** @Prose */ use Foo\\Bar;
            /**
             * Shows it.
             * @Route(\"/x/{id}\", name=\"x\", methods={\"GET\"})
             * @Security(\"is_granted('ROLE_ADMIN')\")
             * @param int $id mail@Example
             */
            final class A extends B implements C {
                #[ORM\\Column, IsGranted('edit', subject: 'post')]
                function show(#[CurrentUser] ?User $user, int $id = 3) { return self::ok($this->x?->y()); }
                function plain() {}
            }"
        ),
        "@Route(\"/x/{id}\", name: \"x\", methods: [\"GET\"])
@Security(\"is_granted('ROLE_ADMIN')\")
Class A < B, C
@ORM.Column
@IsGranted(\"edit\", subject: \"post\")
Function A.show(@CurrentUser user: ?User, id: int = 3)
  return self.ok(self.x.y())
Function A.plain
"
    );
}

#[test]
fn properties_arrays_and_ways() {
    assert_eq!(
        lowered(
            "class A { use SoftDeletes; protected $fillable = ['a', 'b']; const X = ['k' => 1]; }
            $x = match(true) { $a > 1 => 'b', default => throw new E() };
            switch ($s) { case 1: a(); break; default: b(); }"
        ),
        "  switch case 1 < a: {x = \"b\"} case : {throw E()}
  switch s case 1: {a(), break} case : {b()}
Class A
  use(SoftDeletes)
  fillable = [\"a\", \"b\"]
  X = {k: 1}
"
    );
}

#[test]
fn routes_closures_and_anonymous_classes() {
    assert_eq!(
        lowered(
            "Route::get('/x', function () { return 1; })->middleware('auth');
            return new class extends Migration { function up() { Schema::create('t', function ($t) { $t->id(); }); } };"
        ),
        "  Route.get(\"/x\", GET /x).middleware(\"auth\")
  return Migration()
Function GET /x
  return 1
Class Migration < Migration
Function Migration.up
  Schema.create(\"t\", (t) => {t.id()})
"
    );
}

#[test]
fn markup_and_errors() {
    assert_eq!(
        lowered(
            "if ($x): ?> <p><?= e($x) ?></p> <?php endif; try { a(); } catch (A | B $e) { report($e); } finally { c(); }"
        ),
        "  if x {e(x)}\n  try {a()} catch A | B $e {report(e)} finally {c()}\n"
    );
}
