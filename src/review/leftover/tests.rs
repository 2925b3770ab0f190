use super::*;
use crate::change::{ChangedFile, Content, Side};

/// `risk: kind what`, the worst first, of a change of these files.
fn stays(files: &[(&str, &str, &str)]) -> Vec<String> {
    let side = |text: &str| {
        (!text.is_empty()).then(|| Side {
            mode: 0o100_644,
            content: Content::from_bytes(text.as_bytes().to_vec()),
        })
    };
    let files = files.iter().map(|(path, before, after)| ChangedFile {
        path: (*path).into(),
        base_path: None,
        before: side(before),
        after: side(after),
    });
    let change = Change {
        files: files.collect(),
        ..Change::default()
    };
    let found = leftovers(&change);
    found
        .iter()
        .map(|it| format!("{}: {:?} {}", it.risk.word(), it.kind, it.what))
        .collect()
}

fn sql(statement: &str) -> Vec<String> {
    stays(&[("db/migrations/20260102030405_step.sql", "", statement)])
}

#[test]
fn code_alone_leaves_nothing() {
    let none: [&str; 0] = [];
    assert_eq!(stays(&[("src/a.py", "x = 1\n", "x = 2\n")]), none);
    assert_eq!(stays(&[("README.md", "a\n", "b\n")]), none);
    assert_eq!(stays(&[("package.json", "{\"a\": 1}", "{\"a\": 2}")]), none);
    assert_eq!(sql("SELECT 1;\n"), none);
}

#[test]
fn what_a_migration_did_to_the_database_stays() {
    for (statement, expected) in [
        ("CREATE TABLE parts (id int);", "safe: Migration parts"),
        (
            "ALTER TABLE orders ADD COLUMN note text;",
            "safe: Migration orders.note",
        ),
        (
            "ALTER TABLE orders ADD COLUMN note text NOT NULL DEFAULT '';",
            "safe: Migration orders.note",
        ),
        (
            "ALTER TABLE orders ADD COLUMN note text NOT NULL;",
            "needs steps: Migration orders.note",
        ),
        ("DROP TABLE orders;", "loses data: Migration orders"),
        (
            "ALTER TABLE orders DROP COLUMN note;",
            "loses data: Migration orders.note",
        ),
        (
            "DELETE FROM orders WHERE state = 'old';",
            "loses data: Migration orders",
        ),
        (
            "UPDATE orders SET state = 'new';",
            "loses data: Migration orders",
        ),
        (
            "ALTER TABLE orders RENAME COLUMN note TO remark;",
            "needs steps: Migration orders.note",
        ),
        (
            "ALTER TABLE orders ALTER COLUMN note SET NOT NULL;",
            "needs steps: Migration orders.note",
        ),
        (
            "ALTER TABLE orders ALTER COLUMN total TYPE int;",
            "unknown: Migration orders.total",
        ),
    ] {
        assert_eq!(sql(statement), [expected], "{statement}");
    }
}

#[test]
fn a_column_of_a_framework_is_safe_only_where_it_may_be_left_out() {
    let django = |field: &str| {
        let text = format!(
            "from django.db import migrations, models\n\n\nclass Migration(migrations.Migration):\n    \
             operations = [\n        migrations.AddField(model_name=\"order\", name=\"note\", \
             field={field}),\n    ]\n"
        );
        stays(&[("shop/migrations/0002_note.py", "", &text)])
    };
    assert_eq!(
        django("models.TextField(null=True)"),
        ["safe: Migration order.note"]
    );
    assert_eq!(
        django("models.TextField(default=\"\")"),
        ["needs steps: Migration order.note"]
    );
    let rails = |rest: &str| {
        let text = format!(
            "class AddNote < ActiveRecord::Migration[7.1]\n  def change\n    add_column :orders, \
             :note, :text{rest}\n  end\nend\n"
        );
        stays(&[("db/migrate/20260102030405_add_note.rb", "", &text)])
    };
    assert_eq!(rails(""), ["safe: Migration orders.note"]);
    assert_eq!(
        rails(", null: false"),
        ["needs steps: Migration orders.note"]
    );
}

#[test]
fn what_cannot_be_read_is_never_safe() {
    for (path, text) in [
        (
            "db/migrate/20260102030405_move.rb",
            "class Move\n  def up\n    Mover.run!\n  end\nend\n",
        ),
        ("db/migrations/20260102030405_odd.sql", "FROBNICATE ALL;\n"),
        ("migrations/0007_binary.sql", "CREATE \0 TABLE"),
    ] {
        let found = stays(&[(path, "", text)]);
        assert!(
            found.iter().any(|it| it.starts_with("unknown: ")),
            "{path}: {found:?}"
        );
        assert!(
            !found.iter().any(|it| it.starts_with("safe: ")),
            "{path}: {found:?}"
        );
    }
    let edited = stays(&[(
        "db/migrations/20260102030405_step.sql",
        "CREATE TABLE a (id int);\n",
        "CREATE TABLE a (id bigint);\n",
    )]);
    assert_eq!(edited, ["unknown: Migration 20260102030405_step"]);
}

#[test]
fn variables_flags_and_configuration_outside_of_the_code_stay() {
    let read = |name: &str| format!("import os\n\nKEY = os.environ[\"{name}\"]\n");
    assert_eq!(
        stays(&[("src/settings.py", &read("OLD_KEY"), &read("NEW_KEY"))]),
        [
            "needs steps: EnvironmentVariable OLD_KEY",
            "safe: EnvironmentVariable NEW_KEY",
        ]
    );
    let manifest =
        |count: u32| format!("apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: {count}\n");
    assert_eq!(
        stays(&[("k8s/web.yaml", &manifest(2), &manifest(3))]),
        ["needs steps: Configuration k8s/web.yaml"]
    );
    let terraform =
        |size: &str| format!("resource \"aws_db\" \"main\" {{\n  size = \"{size}\"\n}}\n");
    let found = stays(&[("infra/main.tf", &terraform("a"), &terraform("b"))]);
    assert!(
        found.contains(&"unknown: Infrastructure infra/main.tf".to_owned()),
        "{found:?}"
    );
}
