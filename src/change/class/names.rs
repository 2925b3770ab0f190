//! The names that decide a class. Folders and extensions are compared without regard to case, but
//! for those of package managers; file names are compared as they are.

/// Folders that hold somebody else's code, wherever they are.
pub(super) const VENDOR_FOLDERS: [&str; 12] = [
    "node_modules",
    "bower_components",
    "jspm_packages",
    "third_party",
    "third-party",
    "thirdparty",
    "Godeps",
    "Pods",
    "site-packages",
    ".venv",
    ".yarn",
    "_vendor",
];

/// Folders in which a `vendor` is a library.
pub(super) const PUBLIC_FOLDERS: [&str; 14] = [
    "public",
    "assets",
    "static",
    "wwwroot",
    "lib",
    "libs",
    "js",
    "css",
    "javascript",
    "javascripts",
    "stylesheets",
    "resources",
    "scripts",
    "dist",
];

/// What the folder of a package manager is named below a `vendor`.
pub(super) const VENDORED_FOLDERS: [&str; 6] = [
    "assets",
    "bundle",
    "composer",
    "gems",
    "javascript",
    "plugins",
];

/// Folders that hold tests, mocks, fixtures and examples, wherever they are.
pub(super) const TEST_FOLDERS: [&str; 45] = [
    "__tests__",
    "__test__",
    "__mocks__",
    "__mock__",
    "__snapshots__",
    "__fixtures__",
    "tests",
    "testdata",
    "testfixtures",
    "test-data",
    "test_data",
    "testutil",
    "testutils",
    "test-utils",
    "test_utils",
    "testhelper",
    "testhelpers",
    "test-helpers",
    "test_helpers",
    "test-support",
    "test_support",
    "fixtures",
    "mock",
    "mocks",
    "e2e",
    "e2e-tests",
    "cypress",
    "playwright",
    ".storybook",
    "storybook",
    "stories",
    "benches",
    "benchmark",
    "benchmarks",
    "phpunit",
    "integration-tests",
    "integration_tests",
    "integrationtest",
    "integrationtests",
    "unittests",
    "unit-tests",
    "unit_tests",
    "test_resources",
    "testing_support",
    ".snapshots",
];

/// Folders below which a folder's name is an address, a screen or a domain word.
pub(super) const PAGE_FOLDERS: [&str; 12] = [
    "app",
    "api",
    "pages",
    "routes",
    "router",
    "controllers",
    "models",
    "views",
    "services",
    "handlers",
    "jobs",
    "workflows",
];

/// Folders below which `spec` is a specification.
pub(super) const SPECIFICATION_FOLDERS: [&str; 8] = [
    "openapi", "openapi3", "asyncapi", "swagger", "api", "proto", "docs", "schema",
];

/// Folders in which the files are words for people.
pub(super) const TRANSLATION_FOLDERS: [&str; 7] = [
    "locale",
    "locales",
    "i18n",
    "l10n",
    "translation",
    "translations",
    "localization",
];

/// Folders in which a file or folder named after a language is words for people.
pub(super) const LANGUAGE_FOLDERS: [&str; 3] = ["lang", "langs", "languages"];

/// Folders that hold migrations.
pub(super) const MIGRATION_FOLDERS: [&str; 5] =
    ["migrations", "migration", "migrate", "alembic", "versions"];

/// Extensions of prose, style sheets, pictures, fonts and the like.
pub(super) const PROSE_EXTENSIONS: [&str; 49] = [
    "md", "markdown", "mdx", "rst", "adoc", "asciidoc", "org", "tex", "rtf", "po", "pot", "mo",
    "arb", "xlf", "xliff", "strings", "resx", "css", "scss", "sass", "less", "styl", "pcss", "svg",
    "png", "jpg", "jpeg", "gif", "webp", "avif", "ico", "icns", "bmp", "tif", "tiff", "psd", "pdf",
    "woff", "woff2", "ttf", "otf", "eot", "mp3", "mp4", "webm", "mov", "wav", "ogg", "rdoc",
];

/// Names of prose without an extension.
pub(super) const PROSE_NAMES: [&str; 9] = [
    "license",
    "licence",
    "copying",
    "notice",
    "authors",
    "contributors",
    "readme",
    "changelog",
    "changes",
];

/// Words in the name of a `.txt` that a tool obeys.
pub(super) const CODE_TEXT: [&str; 4] =
    ["requirements", "constraints", "cmakelists", "dependencies"];

/// Extensions of configuration and schemas.
pub(super) const CONFIGURATION: [&str; 14] = [
    "yml", "yaml", "json", "json5", "jsonc", "toml", "tf", "hcl", "sql", "prisma", "proto", "xml",
    "ini", "env",
];

/// Extensions of what is minified.
pub(super) const SCRIPT: [&str; 4] = ["js", "mjs", "cjs", "html"];

/// How the names of generated files end.
pub(super) const GENERATED_NAMES: [&str; 28] = [
    ".pb.go",
    ".pb.gw.go",
    ".pb.ts",
    ".pb.cc",
    ".pb.h",
    ".pb.rb",
    "_pb.rb",
    "_pb.js",
    "_pb.ts",
    "_pb.d.ts",
    "_pb2.py",
    "_pb2.pyi",
    "_pb2_grpc.py",
    "_generated.go",
    "_generated.rs",
    "_gen.go",
    "_templ.go",
    "bindata.go",
    ".g.dart",
    ".freezed.dart",
    ".g.cs",
    ".Designer.cs",
    "ModelSnapshot.cs",
    ".min.js",
    ".min.mjs",
    ".bundle.js",
    ".js.map",
    ".d.ts.map",
];

/// Lock files of package managers.
pub(super) const LOCK_FILES: [&str; 30] = [
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
    "deno.lock",
    "Cargo.lock",
    "Gemfile.lock",
    "gems.locked",
    "poetry.lock",
    "Pipfile.lock",
    "pdm.lock",
    "pixi.lock",
    "uv.lock",
    "composer.lock",
    "go.sum",
    "go.work.sum",
    "mix.lock",
    "pubspec.lock",
    "packages.lock.json",
    "paket.lock",
    "Podfile.lock",
    "Package.resolved",
    "gradle.lockfile",
    "buildscript-gradle.lockfile",
    ".terraform.lock.hcl",
    "flake.lock",
    "Chart.lock",
    "conan.lock",
];

/// Languages that software is translated into.
pub(super) const LANGUAGES: [&str; 48] = [
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fr", "gl",
    "he", "hi", "hr", "hu", "hy", "id", "it", "ja", "ka", "ko", "lt", "lv", "mk", "ms", "nb", "nl",
    "nn", "no", "pl", "pt", "ro", "ru", "sk", "sl", "sq", "sr", "sv", "th", "tr", "uk", "vi", "zh",
];
