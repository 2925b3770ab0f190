//! The test cases of a file, by what they are called.
//!
//! Files of tests are not parsed: of a test only its name is asked, and a line says it. Cases that
//! are commented out or skipped are none.

use super::Language;
use super::words::{says, words};

/// Functions that are called with the name of a case, or of a group of them.
const CALLED: &[&str] = &[
    "it", "test", "specify", "scenario", "describe", "context", "should", "example", "feature",
];

/// Words before the name of a function.
const DECLARES: &[&str] = &["def", "func", "fn", "fun", "function", "void", "Task"];

/// Keys of the name of a case in a table of them, as Go's tests have it.
const KEYS: &[&str] = &["name", "Name", "desc", "description", "title", "testName"];

/// The names of the cases, in order: sentences or names of functions, as they are written.
pub fn cases(language: Language, text: &str) -> Vec<&str> {
    let tables = language == Language::Go;
    let mut out = Vec::new();
    let mut marks = Marks::default();
    let mut title_follows = false;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || is_comment(line) {
            continue;
        }
        if std::mem::take(&mut title_follows) {
            out.extend(quoted(line));
            continue;
        }
        title_follows = is_wrapped(line);
        let (line, only) = marks.read(line);
        if only {
            continue;
        }
        let found = titled(line, tables).or_else(|| {
            let name = declared(line)?;
            (marks.test || is_named_so(name)).then_some(name)
        });
        out.extend(found.filter(|_| !marks.skipped));
        marks = Marks::default();
    }
    out
}

/// What the attributes before a function say.
#[derive(Default)]
struct Marks {
    test: bool,
    skipped: bool,
}

impl Marks {
    /// Reads the attributes that a line begins with; what is left of it, and whether that is nothing.
    fn read<'a>(&mut self, mut line: &'a str) -> (&'a str, bool) {
        loop {
            let (mark, rest) = match line.strip_prefix('@') {
                Some(mark) => {
                    let end = mark.find([' ', '(']).unwrap_or(mark.len());
                    let rest = &mark[end..];
                    match rest.starts_with('(') {
                        true => (mark, rest.rsplit_once(')').map_or("", |it| it.1)),
                        false => (&mark[..end], rest),
                    }
                }
                None if line.starts_with("#[") || line.starts_with('[') => {
                    line.rsplit_once(']').unwrap_or((line, ""))
                }
                None => return (line, line.is_empty()),
            };
            self.test |= says(mark, &["test", "tests", "fact", "theory", "rstest"]);
            self.skipped |= says(mark, &["skip", "ignore", "ignored", "disabled"]);
            line = rest.trim_start();
        }
    }
}

/// The title that a case is called with: `it("…"`, `t.Run("…"`, `name: "…"`.
fn titled(line: &str, tables: bool) -> Option<&str> {
    let start = line.trim_start_matches(['{', '[', '(', ' ', '"', '\'']);
    let word = start
        .find(|it: char| !it.is_alphanumeric() && it != '_')
        .map(|end| start.split_at(end));
    if let Some((word, rest)) = word {
        let rest = match rest.strip_prefix(".only") {
            Some(rest) => rest,
            None => rest.trim_start_matches(['"', '\'']).trim_start(),
        };
        let given = if CALLED.contains(&word) {
            Some(rest.strip_prefix('(').unwrap_or(rest))
        } else if tables && KEYS.contains(&word) {
            rest.strip_prefix("=>")
                .or_else(|| rest.strip_prefix([':', '=']))
        } else {
            None
        };
        if let Some(title) = given.and_then(quoted) {
            return Some(title);
        }
    }
    // The end of a table of cases, with the title that they share.
    if let Some(rest) = line.strip_prefix("])(").or_else(|| line.strip_prefix("`("))
        && let Some(title) = quoted(rest)
    {
        return Some(title);
    }
    [".Run(", ".run(", ".subTest(", ".test("]
        .iter()
        .find_map(|call| quoted(line.split_once(call)?.1))
}

/// Whether a case is called here, and its title stands on the next line.
fn is_wrapped(line: &str) -> bool {
    let Some(called) = line.strip_suffix('(') else {
        return false;
    };
    let called = called.strip_suffix(".only").unwrap_or(called);
    CALLED.contains(&called) || called.ends_with(".Run") || called == "])"
}

/// The text in quotes that a line begins with.
fn quoted(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let quote = line.chars().next().filter(|it| "\"'`".contains(*it))?;
    let rest = &line[1..];
    let mut escaped = false;
    let end = rest.char_indices().find(|(_, it)| {
        let ends = *it == quote && !escaped;
        escaped = *it == '\\' && !escaped;
        ends
    });
    let text = rest[..end.map_or(rest.len(), |it| it.0)].trim();
    (!text.is_empty()).then_some(text)
}

/// The name of the function that a line declares.
fn declared(line: &str) -> Option<&str> {
    let (_, mut rest) = DECLARES.iter().find_map(|word| {
        let mut rest = line;
        loop {
            let (before, after) = rest.split_once(word)?;
            let begins = before.is_empty() || before.ends_with([' ', '\t']);
            if begins && after.starts_with([' ', '\t']) {
                return Some((before, after.trim_start()));
            }
            rest = after;
        }
    })?;
    // Go writes the receiver first.
    if rest.starts_with('(') {
        rest = rest.split_once(')')?.1.trim_start();
    }
    if let Some(sentence) = rest.strip_prefix('`') {
        return sentence.split_once('`').map(|it| it.0);
    }
    let end = rest
        .find(|it: char| !it.is_alphanumeric() && it != '_')
        .unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

/// Whether the name of a function says that it is a case.
fn is_named_so(name: &str) -> bool {
    let found = words(name);
    found.first().is_some_and(|it| it == "test") || found.iter().any(|it| it == "should")
}

fn is_comment(line: &str) -> bool {
    ["//", "# ", "/*", "*", "--", "<!--"]
        .iter()
        .any(|mark| line.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::cases;
    use crate::facts::Language::{self, *};

    #[test]
    fn cases_are_found_in_the_tests_of_every_language() {
        let check = |language: Language, text: &str, expected: &[&str]| {
            assert_eq!(cases(language, text), expected, "{text}");
        };
        check(
            TypeScript,
            "describe('Token', () => {\n  it(\"rejects an expired one\", () => {\n",
            &["Token", "rejects an expired one"],
        );
        check(
            JavaScript,
            "  it.only('a', f)\n  it.skip('b', f)\n  xit('c', f)\n  // it('d', f)\n",
            &["a"],
        );
        check(
            TypeScript,
            "it(\n  'rejects a token',\n  f,\n);\n])(\n  \"each\"\n])('all %s', f)\nother(\n  'b'\n",
            &["rejects a token", "each", "all %s"],
        );
        check(TypeScript, "const one = { name: 'not a case' };\n", &[]);
        check(
            Ruby,
            "it \"is refused\" do\n  expect(it).to eq 1\n",
            &["is refused"],
        );
        check(
            Python,
            "def test_others_are_refused(self):\n    x = test(1)\ndef helper():\n",
            &["test_others_are_refused"],
        );
        check(
            Python,
            "@pytest.mark.skip(reason=\"x\")\ndef test_off():\n",
            &[],
        );
        check(
            Go,
            "func TestExpired(t *testing.T) {\n\tt.Run(\"no token\", f)\nfunc (s *Suite) TestUser() {\n",
            &["TestExpired", "no token", "TestUser"],
        );
        check(
            Go,
            "\t\t{name: \"no \\\"token\\\"\", code: 403},\n\t\tname: `wrong`,\n",
            &["no \\\"token\\\"", "wrong"],
        );
        check(
            Rust,
            "#[test]\nfn refuses() {\n#[tokio::test]\nasync fn waits() {\nfn helper() {\n#[test]\n#[ignore]\nfn off() {\n",
            &["refuses", "waits"],
        );
        check(
            Java,
            "@Test\n@DisplayName(\"x\")\nvoid refuses() {\n@Test public void waits() {\nprivate void helper() {\n@Disabled\n@Test\nvoid off() {\n",
            &["refuses", "waits"],
        );
        check(
            CSharp,
            "[Fact]\npublic async Task Refuses()\n[Fact(Skip = \"later\")]\npublic void Off()\n",
            &["Refuses"],
        );
        check(
            Php,
            "public function testRefuses(): void\n#[Test]\npublic function it_waits(): void\n",
            &["testRefuses", "it_waits"],
        );
        check(Go, "", &[]);
    }
}
