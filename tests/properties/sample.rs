//! Code in every language that is read, and what an editor or a formatter does to it.
//!
//! In a sample, `«name»` is a name of its own: renaming it changes nothing. Lines that end in `§`
//! are a guard: without them, the sample is weaker.

use std::collections::BTreeMap;

/// One piece of code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) path: &'static str,
    text: &'static str,
    /// How a comment of one line begins.
    comment: &'static str,
}

macro_rules! sample {
    ($path:literal, $file:literal, $comment:literal) => {
        Sample {
            path: $path,
            text: include_str!(concat!("samples/", $file)),
            comment: $comment,
        }
    };
}

pub(crate) const SAMPLES: [Sample; 8] = [
    sample!("internal/orders.go", "orders.go", "//"),
    sample!("shop/orders.py", "orders.py", "#"),
    sample!(
        "app/controllers/orders_controller.rb",
        "orders_controller.rb",
        "#"
    ),
    sample!("src/routes/orders.ts", "orders.ts", "//"),
    sample!(
        "src/main/java/shop/OrderController.java",
        "OrderController.java",
        "//"
    ),
    sample!(
        "app/Http/Controllers/OrderController.php",
        "OrderController.php",
        "//"
    ),
    sample!("Shop/OrderController.cs", "OrderController.cs", "//"),
    sample!("src/orders.rs", "orders.rs", "//"),
];

impl Sample {
    /// The code.
    pub(crate) fn code(self) -> String {
        self.renamed(str::to_owned)
    }

    /// The code without its guard.
    pub(crate) fn weaker(self) -> String {
        let text = self.text.replace("\r\n", "\n");
        let kept = text.lines().filter(|line| !line.ends_with('§'));
        let kept: String = kept.map(|line| format!("{line}\n")).collect();
        kept.replace(['«', '»'], "")
    }

    /// The code with another name for each of its own.
    pub(crate) fn renamed(self, name: impl Fn(&str) -> String) -> String {
        let mut out = String::new();
        let text = self.text.replace("\r\n", "\n").replace(" §", "");
        for (number, part) in text.split(['«', '»']).enumerate() {
            match number % 2 {
                0 => out.push_str(part),
                _ => out.push_str(&name(part)),
            }
        }
        out
    }

    /// The names that are its own, sorted.
    pub(crate) fn names(self) -> Vec<String> {
        let names: BTreeMap<&str, ()> = self
            .text
            .split(['«', '»'])
            .enumerate()
            .filter(|(number, _)| number % 2 == 1)
            .map(|(_, name)| (name, ()))
            .collect();
        names.into_keys().map(str::to_owned).collect()
    }

    /// The code as another person would have set it; `choices` decides line by line.
    pub(crate) fn reformatted(self, choices: &[u8]) -> String {
        let mut out = String::new();
        let twice = choices.first().is_some_and(|it| it % 2 == 0);
        let code = self.code();
        for (number, line) in code.lines().enumerate() {
            let choice = choices[number % choices.len()];
            let body = line.trim_start();
            let indent = &line[..line.len() - body.len()];
            let indent = if twice {
                indent.repeat(2)
            } else {
                indent.to_owned()
            };
            // Nothing may stand before the first line of PHP.
            if number > 0 {
                match choice % 4 {
                    0 => out.push('\n'),
                    1 => out.push_str(&format!("{indent}{} Somebody said why.\n", self.comment)),
                    _ => {}
                }
            }
            match choice.is_multiple_of(3) {
                true => out.push_str(&format!("{indent}{}\n", broken(body, &indent))),
                false => out.push_str(&format!("{indent}{body}\n")),
            }
        }
        out
    }
}

/// A line with a break after each comma inside of round brackets.
fn broken(line: &str, indent: &str) -> String {
    let mut out = String::new();
    let mut depth = 0_i32;
    let mut quote = None;
    for it in line.chars() {
        out.push(it);
        match (quote, it) {
            (None, '"' | '\'' | '`') => quote = Some(it),
            (Some(open), _) if open == it => quote = None,
            (Some(_), _) => {}
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ',') if depth > 0 => out.push_str(&format!("\n{indent}        ")),
            _ => {}
        }
    }
    out
}
