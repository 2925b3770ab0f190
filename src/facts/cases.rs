//! The test cases of a file, by what they are called.
//!
//! Files of tests are not parsed: of a test only its name is asked, and a line says it. Cases that
//! are commented out or skipped are none.

use super::words::{says, words};

/// Functions that are called with the name of a case, or of a group of them.
const CALLED: &[&str] = &[
    "it", "test", "specify", "scenario", "describe", "context", "should", "example", "feature",
];

/// Words before the name of a function.
const DECLARES: &[&str] = &["def", "func", "fn", "fun", "function", "void", "Task"];

/// Keys of the name of a case in a table of them.
const KEYS: &[&str] = &["name", "Name", "desc", "description", "title", "testName"];

/// The names of the cases, in order: sentences or names of functions, as they are written.
pub fn cases(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut marks = Marks::default();
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || is_comment(line) {
            continue;
        }
        let (line, only) = marks.read(line);
        if only {
            continue;
        }
        let found = titled(line).or_else(|| {
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
fn titled(line: &str) -> Option<&str> {
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
        } else if KEYS.contains(&word) {
            rest.strip_prefix("=>")
                .or_else(|| rest.strip_prefix([':', '=']))
        } else {
            None
        };
        if let Some(title) = given.and_then(quoted) {
            return Some(title);
        }
    }
    [".Run(", ".run(", ".subTest(", ".test("]
        .iter()
        .find_map(|call| quoted(line.split_once(call)?.1))
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

    #[test]
    fn cases_are_found_in_the_tests_of_every_language() {
        for (text, expected) in [
            (
                "describe('Token', () => {\n  it(\"rejects an expired one\", () => {\n",
                vec!["Token", "rejects an expired one"],
            ),
            (
                "  it.only('a', f)\n  it.skip('b', f)\n  xit('c', f)\n  // it('d', f)\n",
                vec!["a"],
            ),
            (
                "it \"is refused\" do\n  expect(it).to eq 1\n",
                vec!["is refused"],
            ),
            (
                "def test_other_users_are_refused(self):\n    x = test(1)\n",
                vec!["test_other_users_are_refused"],
            ),
            ("def helper():\n    pass\n", vec![]),
            (
                "func TestExpired(t *testing.T) {\n\tt.Run(\"no token\", f)\n",
                vec!["TestExpired", "no token"],
            ),
            ("func (s *Suite) TestExpired() {\n", vec!["TestExpired"]),
            (
                "\t\t{name: \"no \\\"token\\\"\", code: 403},\n\t\tname: `wrong`,\n",
                vec!["no \\\"token\\\"", "wrong"],
            ),
            (
                "#[test]\nfn refuses() {\n#[tokio::test]\nasync fn waits() {\nfn helper() {\n#[test]\n#[ignore]\nfn off() {\n",
                vec!["refuses", "waits"],
            ),
            (
                "@Test\n@DisplayName(\"x\")\nvoid refuses() {\nprivate void helper() {\n",
                vec!["refuses"],
            ),
            (
                "@Test public void refuses() {\n@Disabled\n@Test\nvoid off() {\n",
                vec!["refuses"],
            ),
            (
                "[Fact]\npublic async Task Refuses()\n[Fact(Skip = \"later\")]\npublic void Off()\n",
                vec!["Refuses"],
            ),
            (
                "public function testRefuses(): void\n#[Test]\npublic function it_refuses(): void\n",
                vec!["testRefuses", "it_refuses"],
            ),
            ("@pytest.mark.skip(reason=\"x\")\ndef test_off():\n", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(cases(text), expected, "{text}");
        }
    }
}
