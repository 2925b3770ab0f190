//! Where one command of a script ends and the next one begins.

use super::Command;

/// Reads the commands of a script that begins on a line.
pub(super) fn commands(text: &str, line: u32) -> Vec<Command> {
    read(&without_expressions(text), line, 0)
}

fn read(text: &str, line: u32, depth: usize) -> Vec<Command> {
    let mut reader = Reader {
        text: text.chars().collect(),
        line,
        depth,
        ..Reader::default()
    };
    reader.read();
    reader.out
}

/// What a forge or a recipe puts in stands for a word.
fn without_expressions(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("{{") {
        let Some((expression, after)) = inside.split_once("}}") else {
            break;
        };
        out.push_str(before.strip_suffix('$').unwrap_or(before));
        out.push_str("expression");
        out.extend(expression.chars().filter(|it| *it == '\n'));
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Words that stand before a command, and are none.
const KEYWORDS: &[&str] = &[
    "if", "then", "else", "elif", "fi", "while", "until", "do", "done", "!", "{", "}", "time",
    "exec", "sudo", "nohup", "command", "env",
];

/// How deep commands may stand in each other. What is handed to another shell is read again there,
/// so that each level may double the work.
const MAX_DEPTH: usize = 6;

#[derive(Default)]
struct Reader {
    text: Vec<char>,
    at: usize,
    line: u32,
    /// In how many other commands it stands.
    depth: usize,
    /// The words of the command that is read, and the line of the first.
    words: Vec<String>,
    begins: u32,
    word: Option<String>,
    /// The next word is where something is written to or read from.
    aside: bool,
    /// The command that prints into the one that is read.
    piped: Option<usize>,
    /// The ends of texts that begin on the next line.
    documents: Vec<String>,
    /// Functions that are open, and how many braces are.
    functions: Vec<(String, usize)>,
    braces: usize,
    out: Vec<Command>,
}

impl Reader {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.text.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let found = self.text.get(self.at).copied();
        self.at += 1;
        if found == Some('\n') {
            self.line += 1;
        }
        found
    }

    fn push(&mut self, character: char) {
        if self.words.is_empty() && self.word.is_none() {
            self.begins = self.line;
        }
        self.word.get_or_insert_default().push(character);
    }

    fn read(&mut self) {
        while let Some(character) = self.next() {
            match character {
                '\\' => match self.next() {
                    Some('\n') | None => self.end_word(),
                    Some(other) => self.push(other),
                },
                '\'' => self.quoted(),
                '"' => self.double_quoted(),
                '$' | '<' | '>' if self.peek(0) == Some('(') => {
                    self.next();
                    self.inside(')');
                }
                '$' if self.peek(0) == Some('{') => self.expansion(),
                '`' => self.inside('`'),
                '#' if self.word.is_none() => {
                    while self.peek(0).is_some_and(|it| it != '\n') {
                        self.next();
                    }
                }
                '<' if self.peek(0) == Some('<') => self.document(),
                '<' | '>' => self.redirect(),
                '|' | '&' => self.connect(character),
                '(' => self.parenthesis(),
                '\n' => {
                    self.end_command();
                    self.skip_documents();
                }
                ';' | ')' => self.end_command(),
                ' ' | '\t' | '\r' => self.end_word(),
                other => self.push(other),
            }
        }
        self.end_command();
    }

    fn quoted(&mut self) {
        self.word.get_or_insert_default();
        while let Some(character) = self.next().filter(|it| *it != '\'') {
            self.push(character);
        }
    }

    fn double_quoted(&mut self) {
        self.word.get_or_insert_default();
        while let Some(character) = self.next() {
            match character {
                '"' => break,
                '\\' => {
                    if let Some(escaped) = self.next().filter(|it| *it != '\n') {
                        self.push(escaped);
                    }
                }
                '$' if self.peek(0) == Some('(') => {
                    self.next();
                    self.inside(')');
                }
                '$' if self.peek(0) == Some('{') => self.expansion(),
                '`' => self.inside('`'),
                other => self.push(other),
            }
        }
    }

    /// A command inside of another: it counts by itself, and stands for a word.
    fn inside(&mut self, end: char) {
        let line = self.line;
        let mut open = 0_usize;
        let mut text = String::new();
        while let Some(character) = self.next() {
            match character {
                '(' if end == ')' => open += 1,
                _ if character == end && open == 0 => break,
                ')' if end == ')' => open -= 1,
                _ => {}
            }
            text.push(character);
        }
        if self.depth < MAX_DEPTH && !text.starts_with('(') {
            let mut inner = Self {
                text: text.chars().collect(),
                line,
                depth: self.depth + 1,
                functions: self.functions.clone(),
                ..Self::default()
            };
            inner.read();
            self.out.append(&mut inner.out);
        }
        format!("$({text})").chars().for_each(|it| self.push(it));
    }

    /// `${NAME:?}`, as it stands.
    fn expansion(&mut self) {
        let mut open = 0_usize;
        self.push('$');
        while let Some(character) = self.next() {
            self.push(character);
            match character {
                '{' => open += 1,
                '}' if open <= 1 => break,
                '}' => open -= 1,
                _ => {}
            }
        }
    }

    /// `<<END`: what follows is text. `<<<` hands over one word.
    fn document(&mut self) {
        self.next();
        if self.peek(0) == Some('<') {
            self.next();
            self.redirect();
            return;
        }
        let mut end = String::new();
        while let Some(character) = self.peek(0) {
            match character {
                '\n' | ';' | '|' | '&' | ')' | '>' => break,
                ' ' | '\t' if !end.is_empty() => break,
                '-' | '~' if end.is_empty() => {}
                ' ' | '\t' | '\'' | '"' | '\\' => {}
                other => end.push(other),
            }
            self.next();
        }
        self.documents.push(end);
    }

    fn skip_documents(&mut self) {
        for end in std::mem::take(&mut self.documents) {
            while self.at < self.text.len() {
                let mut line = String::new();
                while let Some(character) = self.next().filter(|it| *it != '\n') {
                    line.push(character);
                }
                if line.trim() == end {
                    break;
                }
            }
        }
    }

    fn redirect(&mut self) {
        let number = |it: &String| it.chars().all(|it| it.is_ascii_digit());
        if self.word.as_ref().is_some_and(number) {
            self.word = None;
        }
        self.end_word();
        while matches!(self.peek(0), Some('>' | '&' | '|')) {
            self.next();
        }
        self.aside = true;
    }

    fn connect(&mut self, character: char) {
        let twice = self.peek(0) == Some(character);
        if twice || self.peek(0) == Some('&') {
            self.next();
        } else if character == '&' && self.peek(0) == Some('>') {
            self.next();
            self.redirect();
            return;
        }
        let known = self.out.len();
        self.end_command();
        if character == '|' && !twice && self.out.len() > known {
            self.piped = Some(self.out.len() - 1);
        }
    }

    fn parenthesis(&mut self) {
        match &mut self.word {
            Some(word) if self.text.get(self.at) == Some(&')') => {
                word.push_str("()");
                self.at += 1;
            }
            // A list of values.
            Some(word) if word.ends_with('=') => {
                while self.next().is_some_and(|it| it != ')') {}
                self.end_word();
            }
            _ => self.end_command(),
        }
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if std::mem::take(&mut self.aside) {
            return;
        }
        match word.as_str() {
            "{" => {
                self.braces += 1;
                let name = match self.words.as_slice() {
                    [name] => name.strip_suffix("()"),
                    [first, name] if first == "function" => Some(name.trim_end_matches("()")),
                    [name, last] if last == "()" => Some(name.as_str()),
                    _ => None,
                };
                if let Some(name) = name {
                    self.functions.push((name.to_owned(), self.braces));
                    self.words.clear();
                    return;
                }
            }
            "}" if self.words.is_empty() => {
                let closed = |it: &&(String, usize)| it.1 == self.braces;
                if self.functions.last().filter(closed).is_some() {
                    self.functions.pop();
                }
                self.braces = self.braces.saturating_sub(1);
            }
            _ => {}
        }
        self.words.push(word);
    }

    fn end_command(&mut self) {
        self.end_word();
        self.aside = false;
        // `name()` and its brace on the next line.
        if matches!(self.words.as_slice(), [name] if name.ends_with("()")) {
            return;
        }
        let mut command = Command {
            line: self.begins,
            function: self
                .functions
                .last()
                .map_or_else(String::new, |it| it.0.clone()),
            ..Command::default()
        };
        let mut words = std::mem::take(&mut self.words).into_iter().peekable();
        let mut before = String::new();
        while let Some(word) = words.next_if(|it| {
            KEYWORDS.contains(&it.as_str())
                || assigns(it)
                // `sudo -u postgres pg_dump`
                || before == "sudo" && (it.starts_with('-') || it == "root" || it == "postgres")
        }) {
            if assigns(&word) {
                command.assigned.push(word);
                continue;
            }
            if !word.starts_with('-') && word != "root" && word != "postgres" {
                before.clone_from(&word);
            }
            if matches!(word.as_str(), "if" | "elif" | "while" | "until" | "!") {
                command.keyword = word;
            }
        }
        command.words = words.collect();
        if command.words.is_empty() && command.assigned.is_empty() {
            return;
        }
        if let Some(from) = self.piped.take().and_then(|it| self.out.get_mut(it)) {
            from.into = Some(command.program().to_owned());
        }
        let inner = handed_over(&command, self.depth);
        self.out.push(command);
        self.out.extend(inner);
    }
}

/// The commands that another shell, or another machine, is handed: `bash -c "…"`.
fn handed_over(command: &Command, depth: usize) -> Vec<Command> {
    let shell = |it: &str| matches!(it.rsplit('/').next(), Some("bash" | "sh" | "ssh"));
    let Some(at) = command.words.iter().position(|it| shell(it)) else {
        return Vec::new();
    };
    if depth >= MAX_DEPTH {
        return Vec::new();
    }
    let given = command.words.iter().skip(at + 1);
    let lines = given.filter(|it| it.contains(char::is_whitespace));
    lines
        .flat_map(|it| read(it, command.line, depth + 1))
        .collect()
}

/// `NAME=value`
fn assigns(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && !name.starts_with(|it: char| it.is_ascii_digit())
            && name
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || it == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        let line = |it: &Command| {
            let mut parts = vec![it.line.to_string()];
            parts.extend((!it.function.is_empty()).then(|| format!("{}:", it.function)));
            parts.extend(it.assigned.iter().cloned());
            parts.extend(it.words.iter().map(|it| format!("[{it}]")));
            parts.extend(it.into.iter().map(|it| format!("> {it}")));
            parts.join(" ")
        };
        commands(text, 1).iter().map(line).collect()
    }

    #[test]
    fn words_quotes_and_lines() {
        assert_eq!(
            lines(
                "set -e # strict\nA=1 curl -fsS \\\n  \"https://x/$TAG\" 2>&1 >/dev/null || exit 1\n"
            ),
            [
                "1 [set] [-e]",
                "2 A=1 [curl] [-fsS] [https://x/$TAG]",
                "3 [exit] [1]"
            ]
        );
    }

    #[test]
    fn pipes_functions_and_inner_commands() {
        assert_eq!(
            lines(
                "f() {\n  curl x | sudo bash -s\n}\nid=$(git rev-parse HEAD)\nif ! f \"${A:?}\"; then echo \"$(date)\"; fi"
            ),
            [
                "2 f: [curl] [x] > bash",
                "2 f: [bash] [-s]",
                "4 [git] [rev-parse] [HEAD]",
                "4 id=$(git rev-parse HEAD)",
                "5 [f] [${A:?}]",
                "5 [date]",
                "5 [echo] [$(date)]",
            ]
        );
    }

    #[test]
    fn what_another_shell_is_handed() {
        assert_eq!(
            lines("timeout 9 bash -c \"until curl -f x; do sleep 1; done\""),
            [
                "1 [timeout] [9] [bash] [-c] [until curl -f x; do sleep 1; done]",
                "1 [curl] [-f] [x]",
                "1 [sleep] [1]",
            ]
        );
    }

    #[test]
    fn texts_in_scripts_are_no_commands() {
        assert_eq!(
            lines("cat > file <<'END'\nrm -rf /\nEND\nrun ${{ a || b }} <<< \"$x\"\nlist=(a b)\n"),
            ["1 [cat]", "4 [run] [expression]", "5 list="]
        );
    }

    #[test]
    fn shells_in_shells_end_somewhere() {
        let nested = (0..60).fold("id".to_owned(), |it, _| format!("sh -c \"$({it})\""));
        assert!(commands(&nested, 1).len() < 10_000);
    }
}
