//! SQL and migrations as they are read, and what no input may do to the reader.

use afterclick::facts::of_file;
use afterclick::facts::sql::Operation;
use proptest::prelude::{Strategy, prop, proptest};
use proptest::sample::select;

fn read(path: &str, text: &str) -> Vec<String> {
    of_file(path, text)
        .statements
        .iter()
        .map(|it| {
            let down = if it.down { " down" } else { "" };
            format!(
                "{} {:?} {}.{} {:?} {}{down}",
                it.line, it.operation, it.table, it.name, it.filter, it.detail
            )
        })
        .collect()
}

#[test]
fn postgres_is_read_statement_by_statement_with_lines() {
    insta::assert_debug_snapshot!(read("a.sql", "
DROP TABLE IF EXISTS \"public\".\"Old\", b CASCADE;
ALTER TABLE ONLY s.t DROP COLUMN c, ALTER COLUMN d TYPE varchar(10), ALTER d SET NOT NULL;
DELETE FROM t WHERE a = 1 AND t.c IN (SELECT x FROM y WHERE z = 3);
CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN DELETE FROM q; END $$ LANGUAGE plpgsql;
DO $$ BEGIN
  ALTER TABLE x DROP COLUMN y;
EXCEPTION WHEN others THEN null;
END $$;
CREATE POLICY p ON t FOR SELECT USING (true);
"), @r#"
    [
        "2 DropTable old. [] ",
        "2 DropTable b. [] ",
        "3 DropColumn t.c [] ",
        "3 ChangeType t.d [] varchar(10)",
        "3 SetNotNull t.d [] set not null",
        "4 Delete t. [\"a\", \"c\"] ",
        "7 DropColumn x.y [] ",
        "10 Policy t.p [] for select using (true)",
    ]
    "#);
}

#[test]
fn other_dialects_are_read_where_postgres_is_not() {
    insta::assert_debug_snapshot!(read("a.sql", "
ALTER TABLE `a` MODIFY `x` varchar(10) NOT NULL, DROP `y`;
DELETE s FROM sessions s JOIN users u ON u.id = s.user_id WHERE u.gone = 1;
DELETE FROM `a` WHERE `b` = 'it\\'s; fine';
DELIMITER //
CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW BEGIN DELETE FROM x; END//
DELIMITER ;
ALTER TABLE [dbo].[Orders] DROP COLUMN [Note];
GO
TRUNCATE TABLE z;
"), @r#"
    [
        "2 ChangeType a.x [] varchar(10)",
        "2 SetNotNull a.x [] ",
        "2 DropColumn a.y [] ",
        "3 Delete s. [\"gone\"] ",
        "4 Delete a. [\"b\"] ",
        "6 CreateTrigger a.t [] insert",
        "8 DropColumn orders.note [] ",
        "10 Truncate z. [] ",
    ]
    "#);
}

#[test]
fn what_cannot_be_read_is_marked_and_stops_nothing() {
    let facts = of_file("a.sql", "ALTER TABLE a FROB b;\nDROP TABLE c;\n");
    assert_eq!(facts.tree.broken, [1..=1]);
    assert_eq!(facts.statements.len(), 1);
    assert_eq!(facts.statements[0].operation, Operation::DropTable);
    assert_eq!(facts.statements[0].line, 2);
}

#[test]
fn a_span_holds_the_statement() {
    let text = "-- first\n\nDROP TABLE a;\n";
    let facts = of_file("a.sql", text);
    let span = &facts.statements[0].span;
    assert_eq!(
        &text[span.start as usize..span.end as usize],
        "DROP TABLE a"
    );
}

#[test]
fn strings_of_sql_are_read_where_a_call_is_given_them() {
    insta::assert_debug_snapshot!(read("a.py", "
def clean(cursor, ids):
    cursor.execute(\"\"\"
        DELETE FROM orders
        WHERE owner = %s AND id IN %(ids)s
    \"\"\", [1])
    log.info(\"delete from orders\")
"), @r#"
    [
        "4 Delete orders. [\"id\", \"owner\"] ",
    ]
    "#);
    insta::assert_debug_snapshot!(read("a.rb", "
class A
  def up
    execute <<~SQL
      UPDATE orders
      SET note = '#{note}'
    SQL
  end

  def down
    connection.execute('DROP TABLE orders')
  end
end
"), @r#"
    [
        "5 Update orders. [] note = 'hole__'",
        "11 DropTable orders. []  down",
    ]
    "#);
}

#[test]
fn deep_and_long_statements_are_left_alone() {
    let deep = format!(
        "SELECT {}1{} FROM a;",
        "(".repeat(50_000),
        ")".repeat(50_000)
    );
    let nots = format!("DELETE FROM a WHERE {} b;", "NOT ".repeat(50_000));
    let cases = format!("UPDATE a SET b = {} 1;", "CASE WHEN ".repeat(50_000));
    let sums = format!("DELETE FROM a WHERE b = {}1;", "1 * ".repeat(100_000));
    let blocks = (0..5_000)
        .map(|it| format!("do $a{it}$ "))
        .collect::<String>();
    let minus = format!("SELECT {}1 FROM a;", "- ".repeat(50_000));
    for text in [&deep, &nots, &cases, &sums, &blocks, &minus] {
        let facts = of_file("a.sql", &format!("{text}\nDROP TABLE c;"));
        assert!(facts.statements.len() <= 1);
    }
    let columns = (0..3_000)
        .map(|it| format!("c{it} int, "))
        .collect::<String>();
    let wide = of_file("a.sql", &format!("CREATE TABLE wide ({columns} d int);"));
    assert_eq!(wide.statements[0].table, "wide");
}

fn pieces() -> impl Strategy<Value = String> {
    let words = select(vec![
        "select",
        "delete from",
        "update",
        "set",
        "where",
        "drop table",
        "alter table",
        "add column",
        "drop column",
        "create table",
        "create index",
        "create policy",
        "on",
        "using",
        "truncate",
        "a",
        "b.c",
        "\"d\"",
        "`e`",
        "[f]",
        "'g'",
        "'",
        "\"",
        "`",
        "$$",
        "$x$",
        "(",
        ")",
        ",",
        ";",
        "--",
        "/*",
        "*/",
        "=",
        "not",
        "null",
        "case",
        "when",
        "then",
        "end",
        "begin",
        "do",
        "1",
        "::int",
        "->>",
        "?",
        ":x",
        "%s",
        "as",
        "join",
        "in",
        "exists",
        "with",
        "returning",
        "cascade",
        "references",
        "on delete",
        "rename to",
        "type",
        "default",
        "é",
        "\\",
        "\n",
        "\ngo\n",
        "delimiter //\n",
        "//",
        "copy t from stdin;",
        "\\.\n",
        "array[",
        "]",
        "interval",
        "between",
        "and",
        "or",
        "all",
        "union",
        "grant",
        "to",
        "for",
        "merge",
        "insert into",
        "values",
        "over",
        "partition by",
        "lateral",
        "row",
        "extract(",
        "position(",
        "overlay(",
        "trim(",
        "cast(",
        "generated always as",
        "identity",
        "policy",
        "row level security",
        "enable",
        "disable",
        "constraint",
        "foreign key",
        "check",
        "primary key",
        "only",
        "json_table(",
        "xmlelement(",
    ]);
    prop::collection::vec(words, 0..40).prop_map(|it| it.join(" "))
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in pieces()) {
        of_file("a.sql", &text);
        of_file("a.prisma", &text);
        of_file("a.xml", &format!("<databaseChangeLog {text}>"));
        of_file("a.py", &format!("op.execute('''{text}''')\ncursor.execute(f\"{text}\")"));
    }

    #[test]
    fn no_characters_make_the_reader_panic(text in "\\PC{0,200}") {
        of_file("a.sql", &text);
        of_file("a.prisma", &text);
        of_file("a.xml", &format!("<databaseChangeLog> <dropTable {text}"));
    }
}
