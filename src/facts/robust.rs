//! No input may stop the reading, and layout may not change what is read.

use super::{Language, read};
use proptest::prelude::{ProptestConfig, any, prop, proptest};

const ALL: [Language; 13] = [
    Language::CSharp,
    Language::Component,
    Language::Erb,
    Language::Go,
    Language::Java,
    Language::JavaScript,
    Language::Php,
    Language::Python,
    Language::Ruby,
    Language::Rust,
    Language::Shell,
    Language::TypeScript,
    Language::Tsx,
];

/// Words that open, close and separate in one language or another.
const PIECES: &[&str] = &[
    "if ",
    "else ",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "\n",
    "  ",
    "x",
    "y.z",
    "\"s\"",
    "'t'",
    "`u${",
    "}`",
    "=",
    "==",
    "=>",
    "->",
    "::",
    ":",
    ";",
    ",",
    "!",
    "?",
    "&&",
    "||",
    "match ",
    "switch ",
    "case ",
    "default",
    "def ",
    "fn ",
    "func ",
    "function ",
    "class ",
    "end\n",
    "do |x|",
    "return ",
    "throw ",
    "raise ",
    "try ",
    "catch ",
    "rescue ",
    "with ",
    "using ",
    "@A(",
    "#[a(",
    "#{",
    "<%",
    "%>",
    "<?php ",
    "?>",
    "<script>",
    "</script>",
    "<a b={",
    "/>",
    "/** @B(",
    "*/",
    "<<~EOS\n",
    "EOS\n",
    "<<EOF\n",
    "EOF\n",
    "is not ",
    "null",
    "await ",
    "x!(",
    "vec![",
    "$x",
    "${y",
    "fi\n",
    "then\n",
    "esac\n",
    "let Some(x) = ",
    "from x in ",
    "for ",
    "in ",
    "é",
    "\u{1F600}",
    "0",
];

fn survives(source: &str) {
    for language in ALL {
        if let Some(tree) = read(language, source) {
            let text = tree.to_string();
            assert!(text.len() < 1_000_000, "{language:?}");
            for scope in &tree.scopes {
                assert!(scope.span.end as usize <= source.len(), "{language:?}");
                assert!(scope.line <= scope.end_line, "{language:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_text_is_read(source in any::<String>()) {
        survives(&source);
    }

    #[test]
    fn any_order_of_words_is_read(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        survives(&pieces.concat());
    }
}

/// Nested as deep as a file can be: read or given up, but neither a crash nor an endless wait.
#[test]
fn deep_nesting_is_read() {
    let nested = |deep: usize, open: &str, inner: &str, close: &str| {
        format!("{}{inner}{}", open.repeat(deep), close.repeat(deep))
    };
    let around = |open: &str, inner: &str, close: &str| nested(1_000, open, inner, close);
    let deep = 1_000;
    let sources = [
        nested(10_000, "(", "x", ")"),
        nested(10_000, "if (x) {", "y()", "}"),
        nested(10_000, "<a>", "x", "</a>"),
        nested(10_000, "", "x", ".y()"),
        around("[", "x", "]"),
        around("{", "x", "}"),
        around("f(", "x", ")"),
        around("do |x| ", "", ""),
        around("%w[ ", "", ""),
        around("x.y(() => {", "z", "})"),
        around("!", "x", ""),
        around("x ? ", "y", " : z"),
        around("", "x", " + y"),
        around("", "x", " && y"),
        around("m!(", "x", ")"),
        around("m!{ a, ", "x", "}"),
        around("json!({\"a\": ", "x", "})"),
        around("if x; then ", "y", "; fi"),
        around("class A { ", "x", "}"),
        around("def a\n", "x", "\nend"),
        around("x is not (", "y", ")"),
        around("case a: {", "y", "}"),
        around("if x:\n if y:\n  ", "z", ""),
        around("let Some(", "x", ")"),
        around("function f() {", "x", "}"),
        around("namespace A { ", "x", "}"),
        format!("/** {} */ class A {{}}", around("@A({", "x", "})")),
        format!("match x {{ {} => y }}", around("Some(", "x", ")")),
        format!("x = {}", around("{a: ", "1", "}")),
        format!("switch (x) {{ {} }}", "case 1: y();".repeat(deep)),
        format!("x = [{}]", "1, ".repeat(deep)),
        format!("f({});", "() => { x }, ".repeat(1_000)),
        "f('a', () => { x });\n".repeat(2_000),
        "<<~A; ".repeat(1_000),
    ];
    // Debug builds need more of the stack than a test has.
    for source in sources {
        let work = std::thread::Builder::new().stack_size(8 << 20);
        let done = work.spawn(move || {
            for language in ALL {
                let php = if language == Language::Php {
                    "<?php "
                } else {
                    ""
                };
                if let Some(tree) = read(language, &format!("{php}{source}")) {
                    drop(tree.to_string());
                }
            }
        });
        done.unwrap().join().unwrap();
    }
}

fn same(language: Language, one: &str, other: &str) {
    let print = |source: &str| read(language, source).unwrap().to_string();
    assert_eq!(print(one), print(other), "{language:?}");
}

#[test]
fn layout_says_nothing() {
    same(
        Language::TypeScript,
        "if (!a.b('x')) { throw new E(`n`); } const c = f({ d: 1, e: [2, 3] }, () => g(1))",
        "if (\n  !a\n    .b(\"x\")\n) {\n  throw new E(\n    `n`,\n  );\n}\n// words\nconst c = f(\n  {\n    d: 1,\n    e: [\n      2,\n      3,\n    ],\n  },\n  () => (g(1)),\n);\n",
    );
    same(
        Language::Python,
        "def f(a, b=1):\n    if not (a and b): raise E('it\\'s', \"a\" 'b')\n    return [x for x in g(a,b) if x]\n",
        "def f(\n        a,\n        b=1,\n):\n        # words\n        if not (\n                a\n                and b\n        ):\n                raise E(\n                        \"it's\",\n                        \"ab\",\n                )\n        return [\n                x\n                for x in g(a, b)\n                if x\n        ]\n",
    );
    same(
        Language::Ruby,
        "def f(a)\n  return head(:forbidden) unless a.b?(c: 1, d: [2])\n  x = <<~S\n    t\n  S\nend\n",
        "def f a\n\n      return head(:forbidden) unless a\n        .b?(\n          c: 1,\n          d: [\n            2\n          ]\n        )\n      x = <<~S\n        t\n      S\nend",
    );
    same(
        Language::Go,
        "package a\nfunc f(a int) error { if err := g(a, \"x\"); err != nil { return err }; return h(T{A: 1}) }\n",
        "package a\n\nfunc f(\n\ta int,\n) error {\n\t// words\n\tif err := g(\n\t\ta,\n\t\t`x`,\n\t); err != nil {\n\t\treturn err\n\t}\n\treturn h(T{\n\t\tA: 1,\n\t})\n}\n",
    );
    same(
        Language::Rust,
        "fn f(a: &A) -> R { let Some(x) = a.b(1)? else { bail!(\"no {}\", a) }; match x { A::B(c) => Ok(c), _ => Err(vec![1, 2]) } }",
        "fn f(\n    a: &A,\n) -> R {\n    let Some(x) = a\n        .b(1)?\n    else {\n        bail!(\n            \"no {}\",\n            a,\n        )\n    };\n    // words\n    match x {\n        A::B(c) => {\n            Ok(c)\n        }\n        _ => Err(vec![\n            1,\n            2,\n        ]),\n    }\n}\n",
    );
    same(
        Language::Php,
        "<?php #[A('x')] class B { function f($a) { if (!$a->b('x')) { throw new E(); } return ['a' => 1, 'b' => [2]]; } }",
        "<?php\n\n#[A(\n    \"x\",\n)]\nclass B\n{\n    function f(\n        $a,\n    ) {\n        // words\n        if (\n            ! $a\n                ->b(\"x\")\n        ) {\n            throw new E();\n        }\n\n        return [\n            'a' => 1,\n            'b' => [\n                2,\n            ],\n        ];\n    }\n}\n",
    );
    same(
        Language::Java,
        "class A { @B(\"x\") void f(int a) { if (!g(a)) throw new E(); xs.stream().map(x -> x + 1).toList(); } }",
        "class A {\n  @B(\n    \"x\"\n  )\n  void f(\n      int a\n  ) {\n    // words\n    if (\n        !g(a)\n    ) {\n      throw new E();\n    }\n    xs\n        .stream()\n        .map(x ->\n            x + 1)\n        .toList();\n  }\n}\n",
    );
    same(
        Language::CSharp,
        "class A { [B(\"x\")] public R F(int a) { if (a is not null && !g(a)) throw new E(); return xs?.Where(x => x.A == 1).Select(x => new { x.A }); } }",
        "class A\n{\n    [B(\n        \"x\")]\n    public R F(\n        int a)\n    {\n        // words\n        if (a is not null\n            && !g(a))\n        {\n            throw new E();\n        }\n        return xs\n            ?.Where(x => x.A == 1)\n            .Select(x => new\n            {\n                x.A,\n            });\n    }\n}\n",
    );
    same(
        Language::Shell,
        "[ -n \"$A\" ] || { echo no; exit 1; }; if a; then b; else c; fi\n",
        "[ -n \"$A\" ] || {\n  echo no\n  exit 1\n}\n# words\nif a\nthen\n  b\nelse\n  c\nfi\n",
    );
}
