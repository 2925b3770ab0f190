/// A path of every language and format that is read; the first byte of an input picks one.
const PATHS: [&str; 32] = [
    "a.go",
    "a.py",
    "a.rb",
    "a.ts",
    "a.tsx",
    "a.js",
    "a.vue",
    "A.java",
    "a.php",
    "A.cs",
    "a.rs",
    "a.sh",
    "a.html.erb",
    "a.sql",
    "db/migrate/20260101000000_a.rb",
    "app/migrations/0001_a.py",
    "database/migrations/2026_01_01_a.php",
    "db/changelog/a.xml",
    "schema.prisma",
    "a.yml",
    "a.json",
    "a.toml",
    "main.tf",
    "Dockerfile",
    ".env",
    "nginx.conf",
    ".github/workflows/a.yml",
    "charts/a/templates/a.yaml",
    ".afterclick.yml",
    "config/database.yml.erb",
    "composer.json",
    "a",
];

/// A path and what is left of the bytes as text.
fn path_and_text(bytes: &[u8]) -> Option<(&'static str, String)> {
    let (first, rest) = bytes.split_first()?;
    let path = PATHS[usize::from(*first) % PATHS.len()];
    Some((path, String::from_utf8_lossy(rest).into_owned()))
}
