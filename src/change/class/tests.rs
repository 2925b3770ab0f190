use super::{Class, classify};

/// Every path of the table has the class, with a text that says nothing.
fn all(class: Class, paths: &[&str]) {
    for path in paths {
        assert_eq!(classify(path, "x = 1\n"), class, "{path}");
    }
}

#[test]
fn code_and_configuration_are_source() {
    all(
        Class::Source,
        &[
            "src/app.ts",
            "app/controllers/orders_controller.rb",
            "db/schema.rb",
            "db/structure.sql",
            "db/migrate/20240101000000_add_orders.rb",
            "prisma/schema.prisma",
            "prisma/migrations/20240101_init/migration.sql",
            "supabase/migrations/0001_rls.sql",
            ".github/workflows/test.yml",
            ".github/workflows/e2e/run.yml",
            ".github/CODEOWNERS",
            "Dockerfile",
            "docker-compose.test.yml",
            "charts/web/values.yaml",
            "terraform/main.tf",
            "requirements.txt",
            "requirements/base-requirements.txt",
            "CMakeLists.txt",
            ".env.example",
            "config/environments/test.rb",
            "openapi.yaml",
            "spec/openapi.yaml",
            "openapi/spec/orders.ts",
            "api/specs/orders.json",
            "package.json",
            "go.mod",
            "Gemfile",
        ],
    );
}

#[test]
fn what_only_looks_like_a_test_is_source() {
    all(
        Class::Source,
        &[
            "src/main/java/com/example/shop/OrderController.java",
            "src/main/java/org/lab/test/TestResultController.java",
            "src/main/kotlin/app/tests/GradeTest.kt",
            "src/com/example/Pay.java",
            "app/api/test/route.ts",
            "pages/test/index.tsx",
            "app/Models/AbTest.php",
            "app/models/contest.rb",
            "src/Contests/Contest.cs",
            "contest.py",
            "latest.go",
            "src/inspect.rs",
            "attestation/verify.go",
            "app/controllers/test/orders_controller.rb",
        ],
    );
}

#[test]
fn tests_of_every_language_are_tests() {
    all(
        Class::Test,
        &[
            "tests/test_orders.py",
            "orders/tests.py",
            "orders/tests/factories.py",
            "conftest.py",
            "shop/test_cart.py",
            "src/cart.test.ts",
            "src/cart.spec.tsx",
            "src/__tests__/cart.tsx",
            "src/__mocks__/stripe.ts",
            "src/Button.stories.tsx",
            "test/orders.e2e-spec.ts",
            "cypress/support/commands.js",
            "cypress.config.ts",
            "e2e/login.ts",
            "jest.config.js",
            "spec/models/order_spec.rb",
            "spec/support/auth.rb",
            "core/spec/support/auth.rb",
            "spec/dummy/config/database.yml",
            "spec/fixtures/orders.yml",
            "test/controllers/orders_controller_test.rb",
            "internal/route/repo_test.go",
            "internal/db/mock_store.go",
            "internal/db/store_mock.go",
            "pkg/parser/testdata/input.yaml",
            "src/test/java/shop/OrderTest.java",
            "src/integrationTest/kotlin/shop/Flow.kt",
            "api/src/test/resources/application.yml",
            "test/Shop.UnitTests/Auth/Login.cs",
            "Shop.Tests/AuthTests.cs",
            "tests/Feature/OrderTest.php",
            "crates/api/tests/flow.rs",
            "src/review/tests.rs",
            "benches/parse.rs",
            "examples/server.rs",
            "packages/sdk/examples/pay.ts",
            "src/__snapshots__/cart.ts.snap",
            "features/login.feature",
            "core/lib/testing_support/auth.rb",
            "crates/app_test_utils/src/lib.rs",
            "integration-tests/auth.js",
        ],
    );
}

#[test]
fn helpers_of_tests_are_tests() {
    all(
        Class::Test,
        &["src/portfolio-test-utils.ts", "lib/testHelpers.js"],
    );
}

#[test]
fn the_bundle_of_a_library_says_so_itself() {
    let banner = "/*!\n * Buttons v4.2.0 (https://example.org)\n * Licensed under MIT\n */\n";
    let class = |path, text: &str| classify(path, text);
    assert_eq!(class("static/buttons.js", banner), Class::Vendored);
    assert_eq!(
        class("src/pay.js", "/*! Pays. Licensed under MIT */\n"),
        Class::Source
    );
    assert_eq!(class("src/pay.rb", banner), Class::Source);
}

#[test]
fn somebody_elses_code_is_vendored() {
    all(
        Class::Vendored,
        &[
            "vendor/github.com/pkg/errors/errors.go",
            "services/pay/vendor/golang.org/x/crypto/a.go",
            "vendor/assets/javascripts/jquery.js",
            "public/vendor/jquery.js",
            "web/node_modules/left-pad/index.js",
            "third_party/zlib/zlib.c",
            "vendor/tests/a.go",
            "backend/vendor/assets/javascripts/select2.js",
        ],
    );
    // A vendor may also be somebody who sells.
    all(
        Class::Source,
        &[
            "app/models/vendor/order.rb",
            "src/vendor/VendorController.java",
            "k8s/pods/web.yaml",
            "app/controllers/vendor/payouts_controller.rb",
        ],
    );
}

#[test]
fn names_of_tools_are_generated() {
    all(
        Class::Generated,
        &[
            "api/orders.pb.go",
            "api/orders_pb2.py",
            "Migrations/20240101_Init.Designer.cs",
            "src/__generated__/graphql.ts",
            "src/graphql.generated.ts",
            "pkg/apis/zz_generated.deepcopy.go",
            "dist/index.js",
            "packages/sdk/dist/index.mjs",
            "public/build/app.js",
            "static/app.min.js",
            "static/app.js.map",
        ],
    );
    all(
        Class::Source,
        &[
            "src/dist/rank.ts",
            "build/Dockerfile",
            "dist/deploy.sh",
            "k8s/generated/rbac.yaml",
        ],
    );
}

#[test]
fn lock_files_are_locks() {
    all(
        Class::Lock,
        &[
            "package-lock.json",
            "web/pnpm-lock.yaml",
            "Cargo.lock",
            "go.sum",
            "Gemfile.lock",
        ],
    );
}

#[test]
fn words_styles_and_pictures_are_prose() {
    all(
        Class::Prose,
        &[
            "README.md",
            "docs/auth.rst",
            "LICENSE",
            "notes.txt",
            "config/locales/en.yml",
            "config/locales/devise.de.yml",
            "src/i18n/messages.json",
            "resources/lang/en/auth.php",
            "locale/de/LC_MESSAGES/django.po",
            "src/locales/pt-BR.ts",
            "app/assets/stylesheets/app.scss",
            "public/logo.svg",
            "public/logo.PNG",
        ],
    );
    all(
        Class::Source,
        &[
            "src/i18n/index.ts",
            "app/lang/parser.rs",
            "src/locales/api.ts",
            "lang/auth.go",
        ],
    );
}

#[test]
fn a_tool_says_so_in_a_comment_at_the_head() {
    for (path, text) in [
        (
            "a.go",
            "// Code generated by sqlc. DO NOT EDIT.\npackage a\n",
        ),
        ("a.ts", "/**\n * @generated\n */\nexport const a = 1\n"),
        ("a.cs", "// <auto-generated/>\nclass A {}\n"),
        (
            "a.py",
            "# This file is auto-generated, do not edit\nx = 1\n",
        ),
        (
            "a.ts",
            "/* eslint-disable */\n// @generated by protoc-gen-es v1.2.0\n",
        ),
    ] {
        assert_eq!(classify(path, text), Class::Generated, "{path} {text}");
    }
}

#[test]
fn what_is_in_force_is_source_whoever_wrote_it() {
    for (path, text) in [
        (
            "db/schema.rb",
            "# This file is auto-generated from the database, do not edit\n",
        ),
        (
            "shop/migrations/0002_pay.py",
            "# Generated by Django 5.0, do not edit\n",
        ),
        (
            "deploy/role.yaml",
            "# Code generated by controller-gen. DO NOT EDIT.\n",
        ),
        ("Dockerfile", "# @generated\nFROM scratch\n"),
        (
            "gen/main.go",
            "package main\n\nconst head = `// Code generated. DO NOT EDIT.`\n",
        ),
        ("Order.java", "// see @GeneratedValue\nclass Order {}\n"),
        ("a.py", "# The ids are generated by the database.\n"),
    ] {
        assert_eq!(classify(path, text), Class::Source, "{path} {text}");
    }
}

#[test]
fn minified_scripts_are_generated_and_long_data_is_not() {
    let line = "a".repeat(3000);
    assert_eq!(classify("public/app.js", &line), Class::Generated);
    let code = "const a = 1;\n".repeat(300) + &line;
    assert_eq!(classify("src/app.js", &code), Class::Source);
    // A language that nobody minifies stays in sight.
    assert_eq!(classify("src/app.php", &line), Class::Source);
}

#[test]
fn a_head_that_ends_inside_a_character_is_read() {
    let text = "é".repeat(1500);
    assert_eq!(classify("a.go", &format!("x{text}")), Class::Source);
}

#[test]
fn odd_paths_have_a_class() {
    for path in [
        "",
        "/",
        ".",
        "..",
        "a//b",
        "-x",
        "a.",
        ".a",
        "\u{fffd}/\u{fffd}.go",
    ] {
        classify(path, "");
    }
}
