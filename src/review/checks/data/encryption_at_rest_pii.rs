use crate::review::Context;
use crate::review::record::finding::Finding;

check! {
    /// What was stored encrypted is no longer encrypted.
    ///
    /// ## What it does
    /// Records when a model stops encrypting a field, or when a setting that encrypts storage is
    /// switched off.
    ///
    /// ## Why it matters
    /// Whoever gets hold of the database or of a backup can then read personal data.
    ///
    /// ## Example
    /// ```ruby
    /// encrypts :tax_number
    /// ```
    ///
    /// ## Instead
    /// Keep the encryption, or say why the data no longer needs it.
    "data/encryption-at-rest-pii", Data, RECORDS, run
}

const ADVICE: &str = "Keep it encrypted, or say why it no longer needs to be.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    for delta in &context.deltas.scopes {
        for call in &delta.calls_lost {
            let encrypts = matches!(
                call.name.as_str(),
                "encrypts"
                    | "attr_encrypted"
                    | "has_encrypted"
                    | "lockbox_encrypts"
                    | "EncryptedCharField"
                    | "EncryptedTextField"
                    | "EncryptedField"
                    | "EncryptedType"
            );
            if !encrypts
                || context.deltas.call_counts(&call.name)[1]
                    >= context.deltas.call_counts(&call.name)[0]
            {
                continue;
            }
            out.push(
                Finding::new(
                    delta.file,
                    delta.symbol(),
                    format!("no longer {}", call.name),
                )
                .before(
                    call.place.line,
                    delta.base_file.before.code(&call.place.span),
                )
                .near(delta.after.line)
                .says(
                    format!(
                        "`{}` no longer encrypts a field that it stores.",
                        delta.symbol()
                    ),
                    ADVICE,
                )
                .speaks_if(false),
            );
        }
    }
    for file in context.files {
        for before in &file.before.settings {
            let encrypts = matches!(
                before.key(),
                "storage_encrypted"
                    | "encrypted"
                    | "encryption_at_rest"
                    | "encrypt_at_rest"
                    | "server_side_encryption"
            );
            if !encrypts || before.value != "true" {
                continue;
            }
            let Some(after) = file
                .after
                .settings
                .iter()
                .find(|it| it.path == before.path && it.value == "false")
            else {
                continue;
            };
            out.push(
                Finding::new(file, &before.dotted(), format!("{} off", before.key()))
                    .before(before.line, file.before.code(&before.span))
                    .after(after.line, file.after.code(&after.span))
                    .says(
                        format!(
                            "`{}` is switched off: what is stored is no longer encrypted.",
                            before.dotted()
                        ),
                        ADVICE,
                    )
                    .speaks_if(false),
            );
        }
    }
}
