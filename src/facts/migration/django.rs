//! Django's operations.

use super::{Call, Context, Fact, Operation, Reader, name_of};

/// Reads a call as one of them; whether it was one.
pub(super) fn read(reader: &mut Reader<'_>, call: &Call<'_>, context: &Context) -> bool {
    let name = call.callee.last_name();
    let receiver = call.receiver().map_or("", |it| it.last_name());
    if receiver != "migrations" {
        return false;
    }
    let text = |names: &[&str], at: usize| {
        call.named(names)
            .or_else(|| {
                call.arguments
                    .iter()
                    .filter(|it| it.name.is_none())
                    .nth(at)
                    .map(|it| &it.value)
            })
            .map(name_of)
            .unwrap_or_default()
    };
    let model = text(&["modelname"], 0);
    let field = text(&["name"], 1);
    let fact = match name {
        "RemoveField" => Fact::new(Operation::DropColumn, model, field),
        "DeleteModel" => Fact::new(Operation::DropTable, text(&["name"], 0), ""),
        "CreateModel" => Fact::new(Operation::CreateTable, text(&["name"], 0), ""),
        "AddField" => Fact::new(Operation::AddColumn, model, field).detail(printed(call, "field")),
        "AlterField" => {
            Fact::new(Operation::ChangeType, model, field).detail(printed(call, "field"))
        }
        "RenameField" => Fact::new(Operation::RenameColumn, model, text(&["oldname"], 1))
            .detail(text(&["newname"], 2)),
        "RenameModel" => Fact::new(Operation::RenameTable, text(&["oldname"], 0), "")
            .detail(text(&["newname"], 1)),
        "AddIndex" => Fact::new(Operation::CreateIndex, model, ""),
        "AddIndexConcurrently" => {
            Fact::new(Operation::CreateIndex, model, "").detail("concurrently")
        }
        "RemoveIndex" => Fact::new(Operation::DropIndex, model, field),
        "AddConstraint" => Fact::new(Operation::AddConstraint, model, ""),
        "RemoveConstraint" => Fact::new(Operation::DropConstraint, model, field),
        _ => return false,
    };
    reader.add(call, context, fact);
    true
}

fn printed(call: &Call<'_>, name: &str) -> String {
    call.named(&[name])
        .map(ToString::to_string)
        .unwrap_or_default()
}
