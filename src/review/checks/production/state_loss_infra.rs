use super::public_exposure::{owner, resource, store};
use crate::facts::setting::Setting;
use crate::review::Context;
use crate::review::deltas::compare::FilePair;
use crate::review::deltas::settings::{self, Deltas, Purpose, holds, local, nearest, off, on};
use crate::review::infrastructure::safeguard::kept;
use crate::review::record::finding::Finding;
use smol_str::SmolStr;

check! {
    /// A database, bucket or disk may be deleted or replaced when this is applied.
    ///
    /// ## What it does
    /// Speaks when the protection against deletion of something that keeps data is switched off or
    /// removed; when such a resource leaves the Terraform code, or changes its name there, without a
    /// `moved` or `removed` block; when a setting changes that makes the provider build it anew; when
    /// a service loses the volume it kept its data on, or the rule by which that or a resource of a
    /// template was kept.
    ///
    /// ## Why it matters
    /// The tool does what the code says: it deletes the old one, with everything in it, and makes an
    /// empty one.
    ///
    /// ## Example
    /// ```hcl
    /// deletion_protection = false   # was: true
    /// ```
    ///
    /// ## Instead
    /// Read the plan for `replace` and `destroy` before applying; rename with a `moved` block.
    "production/state-loss-infra", Production, SPEAKS, run
}

fn run(context: &Context<'_>, found: &mut Vec<Finding>) {
    for file in context.files {
        if settings::purpose(file) == Some(Purpose::Terraform)
            && !local(&file.path)
            && !settings::unreadable(file)
        {
            renamed(context, file, found);
        }
    }
    for (file, purpose, deltas) in settings::changed(context, |_| true) {
        if local(&file.path) {
            continue;
        }
        match purpose {
            Purpose::Terraform => {
                protection(file, &deltas, found);
                gone(context, file, &deltas, found);
                replaced(file, &deltas, found);
            }
            Purpose::Compose => volumes(file, &deltas, found),
            Purpose::Manifest | Purpose::ChartValues => {
                storage(file, &deltas, found);
                kept::volumes(file, &deltas, found);
            }
            Purpose::CloudTemplate => kept::let_go(file, &deltas, found),
            _ => {}
        }
    }
}

/// Kinds of resources that keep data.
const STATEFUL: &[&str] = &[
    "aws_db_instance",
    "aws_rds_cluster",
    "aws_s3_bucket",
    "aws_dynamodb_table",
    "aws_efs_file_system",
    "aws_ebs_volume",
    "aws_elasticache_replication_group",
    "aws_opensearch_domain",
    "aws_redshift_cluster",
    "aws_docdb_cluster",
    "aws_kms_key",
    "google_sql_database_instance",
    "google_sql_database",
    "google_storage_bucket",
    "google_bigquery_dataset",
    "google_compute_disk",
    "google_spanner_instance",
    "azurerm_postgresql_server",
    "azurerm_postgresql_flexible_server",
    "azurerm_mssql_database",
    "azurerm_mysql_flexible_server",
    "azurerm_storage_account",
    "azurerm_cosmosdb_account",
    "azurerm_key_vault",
    "digitalocean_database_cluster",
    "digitalocean_volume",
];

fn stateful(setting: &Setting) -> bool {
    setting.path.first().is_some_and(|key| key == "resource")
        && setting
            .path
            .get(1)
            .is_some_and(|kind| STATEFUL.contains(&kind.as_str()))
}

fn guards(setting: &Setting) -> bool {
    match setting.key() {
        "prevent_destroy"
        | "deletion_protection"
        | "deletion_protection_enabled"
        | "enable_deletion_protection"
        | "termination_protection" => on(&setting.value),
        "force_destroy" | "force_delete" => off(&setting.value),
        _ => false,
    }
}

fn exposes(setting: &Setting) -> bool {
    match setting.key() {
        "prevent_destroy"
        | "deletion_protection"
        | "deletion_protection_enabled"
        | "enable_deletion_protection"
        | "termination_protection" => off(&setting.value),
        "force_destroy" | "force_delete" => on(&setting.value),
        _ => false,
    }
}

fn protection(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    let mut tell = |before: Option<&Setting>, after: Option<&Setting>| {
        let Some(setting) = before.or(after) else {
            return;
        };
        let name = resource(setting);
        let mut finding = Finding::new(file, &name, format!("{} off", setting.key())).says(
            format!(
                "{name} was protected from being deleted (`{}`), and no longer is. One wrong apply, \
                 or one rename, can now delete it with everything in it.",
                setting.key()
            ),
            "Keep the protection, and lift it only in the change that means to delete.",
        );
        if let Some(before) = before {
            finding = finding.before(before.line, file.before.code(&before.span));
        }
        match after {
            Some(after) => finding = finding.after(after.line, file.after.code(&after.span)),
            None => finding.line = nearest(&file.after.settings, &setting.path),
        }
        found.push(finding);
    };
    for (before, after) in &deltas.changed {
        if exposes(after) && !exposes(before) {
            tell(Some(before), Some(after));
        }
    }
    for before in &deltas.removed {
        let around = &before.path[..before.path.len().min(3)];
        if guards(before) && holds(&file.after.settings, around) {
            tell(Some(before), None);
        }
    }
    for after in &deltas.added {
        let around = &after.path[..after.path.len().min(3)];
        if exposes(after)
            && stateful(after)
            && holds(&file.before.settings, around)
            && after.key().starts_with("force")
        {
            tell(None, Some(after));
        }
    }
}

fn gone(context: &Context<'_>, file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    let mut told: Vec<&[SmolStr]> = Vec::new();
    for setting in &deltas.removed {
        if !stateful(setting) || setting.path.len() < 3 {
            continue;
        }
        let around = &setting.path[..3];
        let elsewhere = context
            .files
            .iter()
            .any(|it| holds(&it.after.settings, around));
        if told.contains(&around) || elsewhere {
            continue;
        }
        told.push(around);
        let address = resource(setting);
        // A block that tells Terraform what became of it.
        let explained = context.files.iter().any(|it| {
            it.after.settings.iter().any(|it| {
                it.path
                    .first()
                    .is_some_and(|key| key == "moved" || key == "removed")
                    && it.key() == "from"
                    && it.value.contains(&address)
            })
        });
        if explained {
            continue;
        }
        let mut finding = Finding::new(file, &address, "resource removed")
            .before(setting.line, &address)
            .says(
                format!(
                    "{address} is no longer in the code, and nothing says where it went. Terraform \
                     will delete it, with the data in it."
                ),
                "If it has a new name or place, add a `moved` block. If it should stay but not be \
                 managed here, add a `removed` block with `destroy = false`.",
            );
        finding.line = nearest(&file.after.settings, &setting.path);
        found.push(finding);
    }
}

/// The same resource under another address.
fn renamed(context: &Context<'_>, file: &FilePair<'_>, found: &mut Vec<Finding>) {
    let renames = settings::renames(&file.before.settings, &file.after.settings);
    for (path, new) in renames {
        let [kind, of, old] = &path[..] else { continue };
        if kind != "resource" || !STATEFUL.contains(&of.as_str()) {
            continue;
        }
        let address = format!("{of}.{old}");
        let explained = context.files.iter().any(|it| {
            it.after.settings.iter().any(|it| {
                it.path.first().is_some_and(|key| key == "moved") && it.value.contains(&address)
            })
        });
        let line = file
            .after
            .settings
            .iter()
            .find(|it| it.path.get(2).is_some_and(|key| *key == new));
        if !explained {
            found.push(
                Finding::new(file, &format!("{of}.{new}"), format!("{address} renamed"))
                    .near(line.map_or(1, |it| it.line))
                    .says(
                        format!(
                            "{address} is now called {of}.{new}, and nothing tells Terraform that it is \
                             the same. It will delete the old one, with the data in it, and make an empty one."
                        ),
                        format!("Add `moved {{ from = {address}, to = {of}.{new} }}`."),
                    ),
            );
        }
    }
}

/// Settings that cannot change without building the resource anew.
const BUILT_ANEW: &[(&str, &[&str])] = &[
    (
        "aws_db_instance",
        &[
            "engine",
            "username",
            "availability_zone",
            "kms_key_id",
            "storage_encrypted",
            "character_set_name",
        ],
    ),
    (
        "aws_rds_cluster",
        &[
            "cluster_identifier",
            "engine",
            "database_name",
            "master_username",
            "kms_key_id",
            "storage_encrypted",
        ],
    ),
    ("aws_s3_bucket", &["bucket", "bucket_prefix"]),
    ("aws_dynamodb_table", &["name", "hash_key", "range_key"]),
    (
        "aws_efs_file_system",
        &[
            "encrypted",
            "kms_key_id",
            "performance_mode",
            "creation_token",
        ],
    ),
    (
        "aws_ebs_volume",
        &["availability_zone", "encrypted", "kms_key_id"],
    ),
    (
        "google_sql_database_instance",
        &["name", "region", "database_version"],
    ),
    ("google_storage_bucket", &["name", "location"]),
    (
        "azurerm_storage_account",
        &["name", "location", "account_kind"],
    ),
];

fn replaced(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    for (before, after) in &deltas.changed {
        if !stateful(after) || after.path.len() != 4 {
            continue;
        }
        let anew = BUILT_ANEW
            .iter()
            .any(|(kind, keys)| *kind == after.path[1] && keys.contains(&after.key()));
        if !anew {
            continue;
        }
        let name = resource(after);
        // An expression may come to the same value.
        let plain = |it: &Setting| !matches!(it.kind, crate::facts::setting::ValueKind::Expression);
        found.push(
            Finding::new(file, &name, format!("{} changed", after.key()))
                .speaks_if(plain(before) && plain(after))
                .before(before.line, file.before.code(&before.span))
                .after(after.line, file.after.code(&after.span))
                .says(
                    format!(
                        "`{}` of {name} cannot change in place: the provider deletes it, with the data \
                         in it, and makes a new one.",
                        after.key()
                    ),
                    "Read the plan before applying. Make the new one beside the old and move the data first.",
                ),
        );
    }
    for setting in &deltas.added {
        if setting.path.iter().any(|key| key == "ignore_changes") {
            found.push(
                Finding::new(file, &resource(setting), format!("ignores changes of {}", setting.value))
                    .speaks_if(false)
                    .after(setting.line, file.after.code(&setting.span))
                    .says(
                        format!("Terraform now ignores what becomes of `{}`. What the code says and what runs may drift apart.", setting.value),
                        "Say who sets it instead.",
                    ),
            );
        }
    }
}

/// A service that keeps data and loses the volume it kept it on.
fn volumes(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    for setting in &deltas.removed {
        let [root, service, kind, ..] = &setting.path[..] else {
            continue;
        };
        if root != "services" || kind != "volumes" || !store(&file.before.settings, service) {
            continue;
        }
        let Some((_, target)) = setting.value.split_once(':') else {
            continue;
        };
        let target = target.split(':').next().unwrap_or_default();
        let still = file.after.settings.iter().any(|it| {
            it.path.len() > 3
                && it.path[1] == *service
                && it.path[2] == "volumes"
                && (it.value.contains(target)
                    || it.value.split(':').next() == setting.value.split(':').next())
        });
        let keeps = ["data", "lib", "/db", "storage"]
            .iter()
            .any(|word| target.contains(word));
        if still || !keeps || !holds(&file.after.settings, &setting.path[..2]) {
            continue;
        }
        let mut finding = Finding::new(
            file,
            &format!("{service} volumes"),
            format!("volume {target} removed"),
        )
        .before(setting.line, &setting.value)
        .says(
            format!(
                "{service} kept its data on a volume at `{target}`, and no longer does. It starts \
                     empty the next time, and loses what it has whenever it is made anew."
            ),
            "Put the volume back, or say where the data is kept now.",
        );
        finding.line = nearest(&file.after.settings, &setting.path);
        found.push(finding);
    }
}

fn storage(file: &FilePair<'_>, deltas: &Deltas<'_>, found: &mut Vec<Finding>) {
    for (before, after) in &deltas.changed {
        let reclaim = matches!(
            after.key(),
            "reclaimPolicy" | "persistentVolumeReclaimPolicy"
        ) && after.value == "Delete";
        let persistence = after.key() == "enabled"
            && after.path.iter().any(|key| key == "persistence")
            && on(&before.value)
            && off(&after.value);
        if reclaim || persistence {
            let name = owner(after);
            found.push(
                Finding::new(file, &name, format!("{} = {}", after.key(), after.value))
                    .before(before.line, file.before.code(&before.span))
                    .after(after.line, file.after.code(&after.span))
                    .says(
                        format!("{name} kept its data when it was taken down, and no longer does."),
                        "Keep it, and delete data only on purpose.",
                    ),
            );
        }
    }
    let mut told: Vec<&str> = Vec::new();
    for setting in &deltas.removed {
        let first = setting.path[0].as_str();
        let keeps =
            first.starts_with("PersistentVolumeClaim/") || first.starts_with("StatefulSet/");
        if keeps && !told.contains(&first) && !holds(&file.after.settings, &setting.path[..1]) {
            told.push(first);
            found.push(
                Finding::new(file, first, "removed")
                    .before(setting.line, first)
                    .says(
                        format!("{first} is gone from this file. What it kept goes with it when this is applied."),
                        "Say where the data is now, or keep it.",
                    ),
            );
        }
    }
}
