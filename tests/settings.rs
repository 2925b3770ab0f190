//! Settings of configuration files: what they say, whatever they look like.

use afterclick::facts::of_file;
use proptest::prelude::*;

fn settings(path: &str, text: &str) -> Vec<String> {
    let mut found: Vec<String> = of_file(path, text)
        .settings
        .iter()
        .map(|it| format!("{} = {}", it.dotted(), it.value))
        .collect();
    found.sort();
    found
}

#[test]
fn order_quotes_comments_and_anchors_mean_nothing() {
    let plain = "on: push\njobs:\n  a:\n    steps:\n      - uses: x/y@v1\n        with: {k: 'v'}\n      - name: b\n        run: make\n";
    let other = "# Hello.\njobs:\n  a:\n    steps:\n      - run: &make \"make\"\n        name: b # the second\n      - with:\n          k: v\n        uses: x/y@v1\n\"on\": push\n";
    assert_eq!(settings("w.yml", plain), settings("w.yml", other));
    assert!(settings("w.yml", plain).contains(&"on = push".to_owned()));
}

#[test]
fn merged_maps_read_as_if_written_out() {
    let merged = "x: &x\n  image: a\n  user: app\nservices:\n  web:\n    <<: *x\n    image: b\n";
    let found = settings("compose.yml", merged);
    assert!(
        found.contains(&"services.web.user = app".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"services.web.image = b".to_owned()),
        "{found:?}"
    );
}

#[test]
fn manifests_begin_with_their_kind_and_name() {
    let text = "apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n";
    assert!(settings("k.yaml", text).contains(&"Deployment/web.spec.replicas = 2".to_owned()));
}

#[test]
fn template_tags_leave_the_rest_readable() {
    let text = "spec:\n{{- if .Values.on }}\n  replicas: {{ .Values.replicas }}\n{{- end }}\n  image: \"{{ .Values.image }}:1\"\n";
    let facts = of_file("charts/a/templates/web.yaml", text);
    assert!(facts.tree.broken.is_empty());
    let found = settings("charts/a/templates/web.yaml", text);
    assert!(
        found.contains(&"spec.replicas = {{ .Values.replicas }}".to_owned()),
        "{found:?}"
    );
    assert!(
        found.contains(&"spec.replicas.(when) = if .Values.on".to_owned()),
        "{found:?}"
    );
    let erb =
        "production:\n  url: <%= ENV[\"URL\"] %>\n<% if staging %>\n  debug: true\n<% end %>\n";
    let found = settings("config/database.yml", erb);
    assert!(
        found.contains(&"production.url = <%= ENV[\"URL\"] %>".to_owned()),
        "{found:?}"
    );
}

#[test]
fn every_format_reads_its_own_way() {
    let json = "{\n  // why\n  \"a\": {\"b\": [1, \"x\",],},\n}\n";
    assert_eq!(settings("a.json", json), ["a.b.1 = 1", "a.b.x = x"]);
    let toml = "a = 1\n[b.c]\nd = \"e\"\n[[f]]\nname = \"g\"\nh = true\n";
    assert_eq!(
        settings("a.toml", toml),
        ["a = 1", "b.c.d = e", "f.g.h = true", "f.g.name = g"]
    );
    let hcl = "resource \"r\" \"n\" {\n  list = concat([\"x\"], var.more)\n  inner {\n    on = true\n  }\n}\n";
    assert_eq!(
        settings("a.tf", hcl),
        [
            "resource.r.n.inner.on = true",
            "resource.r.n.list = concat([], var.more)",
            "resource.r.n.list.x = x"
        ]
    );
    let docker = "FROM node:22 AS app\nENV A=1 B=2\nUSER node\n";
    assert_eq!(
        settings("Dockerfile", docker),
        [
            "app.env.A = 1",
            "app.env.B = 2",
            "app.from = node:22",
            "app.user = node"
        ]
    );
    assert_eq!(
        settings(".env", "export A=\"1\"\n# B=2\nC=3 # d\n"),
        ["A = 1", "C = 3"]
    );
    assert_eq!(
        settings(
            "nginx.conf",
            "server {\n  listen 80;\n  add_header X-A \"b\";\n}\n"
        ),
        ["server.add_header.X-A = b", "server.listen = 80"]
    );
}

#[test]
fn what_cannot_be_read_is_marked() {
    assert!(!of_file("a.yml", "a: [1\nb: : }\n").tree.broken.is_empty());
    assert!(!of_file("a.json", "{\"a\": ").tree.broken.is_empty());
}

#[test]
fn aliases_and_nesting_stay_bounded() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..40 {
        let row = format!("*a{}, ", level - 1).repeat(8);
        bomb.push_str(&format!("a{level}: &a{level} [{row}]\n"));
    }
    assert!(of_file("a.yml", &bomb).settings.len() <= 20_000);
    for (path, open) in [
        ("a.yml", "["),
        ("a.json", "["),
        ("a.tf", "a = ["),
        ("a.toml", "a = ["),
        ("a.yml", "{{"),
        ("nginx.conf", "a {"),
    ] {
        of_file(path, &open.repeat(20_000));
    }
}

proptest! {
    #[test]
    fn no_input_panics(text in "[-a-z0-9:\\[\\]{}<>%&*|\"'# \n=$é]{0,200}") {
        for path in ["a.yml", "a.json", "a.toml", "a.tf", "Dockerfile", ".env", "nginx.conf"] {
            of_file(path, &text);
        }
    }
}
