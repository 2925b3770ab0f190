//! What one file says, in every language and format: the first byte picks the path.
#![no_main]

use afterclick::facts::{extract, of_file, route};
use libfuzzer_sys::fuzz_target;

include!("../paths.rs");

fuzz_target!(|bytes: &[u8]| {
    let Some((path, text)) = path_and_text(bytes) else {
        return;
    };
    let facts = of_file(path, &text);
    for scope in &facts.tree.scopes {
        assert!(scope.line <= scope.end_line);
        assert!(scope.span.end as usize <= text.len());
    }
    let _ = facts.tree.to_string();
    let _ = extract::facts(&facts.tree);
    let _ = route::routes(&facts.tree);
});
