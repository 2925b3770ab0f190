//! How a command in a comment is answered.

use super::checks::doc_page;
use super::markdown::escape::fence;
use super::markdown::{code, paragraph};
use super::safe::visible;
use super::text::Style;
use super::{comment, limits};
use crate::action::{Command, Mistake, Refusal};
use crate::review::checks::Check;
use crate::review::record::Concern;
use crate::ship::Environment;
use crate::ship::gate::{short, word};
use crate::ship::rollback::Plan;

/// What can be asked for.
pub fn help() -> String {
    let lines = [
        Command::Override {
            concern: String::new(),
            reason: String::new(),
        },
        Command::Approve { environment: None },
        Command::Freeze {
            environment: None,
            reason: String::new(),
        },
        Command::Unfreeze {
            environment: None,
            reason: String::new(),
        },
        Command::Rollback {
            environment: None,
            confirmed: None,
            reason: String::new(),
        },
        Command::Queue { environment: None },
        Command::Explain {
            what: String::new(),
        },
        Command::Help,
    ];
    let lines = lines.iter().map(|command| {
        let (form, means) = usage(command);
        format!("- `/afterclick {form}`: {means}\n")
    });
    "A command stands at the beginning of a comment.\n\n".to_owned() + &lines.collect::<String>()
}

/// The form of a command and what it means. A new command does not compile before it is here.
fn usage(command: &Command) -> (&'static str, &'static str) {
    match command {
        Command::Override {
            concern: _,
            reason: _,
        } => (
            "override <id> because …",
            "ship a concern anyway; it is recorded with your name and your reason",
        ),
        Command::Approve { environment: _ } => (
            "approve [environment]",
            "let this pull request's ticket ship, as it stands now",
        ),
        Command::Freeze {
            environment: _,
            reason: _,
        } => ("freeze [environment] because …", "nobody ships"),
        Command::Unfreeze {
            environment: _,
            reason: _,
        } => ("unfreeze [environment] because …", "ships go on"),
        Command::Rollback {
            environment: _,
            confirmed: _,
            reason: _,
        } => (
            "rollback [environment]",
            "what going back to what was live before means, and how to confirm it",
        ),
        Command::Queue { environment: _ } => ("queue [environment]", "who ships and who waits"),
        Command::Explain { what: _ } => (
            "explain <check or id>",
            "what a check looks for, and what to do",
        ),
        Command::Help => ("help", "this list"),
    }
}

/// Why a command is not understood.
pub fn mistake(mistake: &Mistake) -> String {
    let sentence = match mistake {
        Mistake::Unknown(verb) => format!(
            "There is no command {}.",
            code(&limits::clip(&super::safe::visible(verb), limits::SYMBOL))
        ),
        Mistake::NoConcern => "Name a concern by the id that stands below it.".to_owned(),
        Mistake::NoReason(command) => {
            format!("`{command}` needs a reason after the word `because`.")
        }
        Mistake::NoPlan => "A rollback is confirmed by the two commits that stand in its plan. \
                            Ask for the plan first."
            .to_owned(),
        Mistake::NothingToExplain => {
            "Name a check, or a concern by the id that stands below it.".to_owned()
        }
    };
    format!("{sentence}\n\n{}", help())
}

/// Why somebody may not have what they asked for.
pub fn refusal(login: &str, command: &Command, refusal: &Refusal) -> String {
    let who = code(&super::safe::visible(login));
    let verb = command.verb();
    match refusal {
        Refusal::Program => format!(
            "{who} is a program, or wrote through one. `{verb}` takes a person, so nothing was done."
        ),
        Refusal::Edited => "An edited comment is no command, because nobody can see what it said \
                            before. Write a new one."
            .to_owned(),
        Refusal::NoRight { permission } => format!(
            "{who} may not `{verb}`: it takes the right to write here, and GitHub says {}. \
             Nothing was done.",
            code(&super::safe::visible(permission))
        ),
        Refusal::Author if matches!(command, Command::Approve { .. }) => format!(
            "{who} opened this pull request, and a ticket is approved by somebody else. Nothing \
             was done."
        ),
        Refusal::Author => format!(
            "{who} opened this pull request, and the policy here wants somebody else to decide \
             about it. Nothing was done."
        ),
        Refusal::NoSuchConcern(id) => format!(
            "No open concern begins with {}. The list above is the one that counts.",
            code(id)
        ),
        Refusal::SeveralConcerns(id) => {
            format!("Several concerns begin with {}. Give more of it.", code(id))
        }
    }
}

/// What is said where somebody decided about a concern before.
pub fn decided(concern: &Concern) -> String {
    format!(
        "{} is overridden already, so nothing was recorded anew.",
        id(concern)
    )
}

fn id(concern: &Concern) -> String {
    let id = concern.fingerprint.chars();
    let id: String = id.take(limits::FINGERPRINT).collect();
    code(&super::safe::visible(&id))
}

/// What is said where a concern was overridden.
pub fn overridden(concern: &Concern) -> String {
    format!(
        "{} at {} ships as it is. It is recorded, for this state of the code alone: with the next \
         push the question is open again.",
        id(concern),
        code(&limits::clip(
            &super::safe::visible(&concern.path),
            limits::PATH
        ))
    )
}

/// The page of a check.
pub fn check(check: &Check) -> String {
    doc_page(check)
}

/// A text for a terminal, as it stands there.
pub fn screen(text: &str) -> String {
    fence("text", text.trim_end())
}

/// A sentence of ours, with names in it that somebody else chose.
pub fn sentence(text: &str) -> String {
    paragraph(text.trim())
}

/// What is said where an environment has to be named; `known` are those that there are.
pub fn which_environment(named: Option<&str>, known: &[&str]) -> String {
    let known: Vec<String> = known.iter().map(|it| code(&visible(it))).collect();
    let there_are = match known.is_empty() {
        true => "Nothing was ever shipped here, and the policy names none.".to_owned(),
        false => format!("There is {}.", known.join(", ")),
    };
    match named {
        Some(named) => format!(
            "No environment is named {}. {there_are} Nothing was done.",
            code(&limits::clip(&visible(named), limits::SYMBOL))
        ),
        None => format!("Name the environment. {there_are} Nothing was done."),
    }
}

/// What going back means, and what confirms it.
pub fn way_back(plan: &Plan, workflow: &str) -> String {
    const PAGE: Style = Style {
        color: false,
        width: 100,
    };
    let environment = visible(plan.environment.name());
    let confirm = format!(
        "/afterclick rollback {environment} confirm {}..{} because …",
        short(&plan.live),
        short(&plan.target)
    );
    format!(
        "{}\nNothing was done. Whoever may write here goes back with this comment, as long as both \
         commits are what they are now:\n\n{}\nIt freezes {} at once and starts {}, which ships \
         {} before everybody who waits.",
        screen(&limits::clip(
            &super::rollback::text(plan, PAGE),
            limits::ANSWER
        )),
        fence("text", &confirm),
        code(&environment),
        code(workflow),
        comment::commit(&plan.target),
    )
}

/// What is said where the way back that is confirmed is not the one that there is.
pub fn another_way_back(environment: &Environment) -> String {
    format!(
        "What is live on {}, or what it would go back to, is not what the plan said. Ask for the \
         plan again. Nothing was done.",
        code(&visible(environment.name()))
    )
}

/// What is said where the way back is under way. `run` is where it is seen.
pub fn goes_back(environment: &Environment, target: &str, run: Option<&str>) -> String {
    let run = match run.filter(|url| comment::is_plain_url(url)) {
        Some(url) => format!("[this run]({url})"),
        None => "a run of the workflow that ships".to_owned(),
    };
    format!(
        "{} is frozen, and {run} goes back to {}.",
        code(&visible(environment.name())),
        comment::commit(target)
    )
}

/// What is said where the environment is frozen and nothing could be started.
pub fn not_started(
    environment: &Environment,
    target: &str,
    workflow: &str,
    (why, reason): (&str, &str),
) -> String {
    let name = word(environment.name());
    let command = format!(
        "afterclick rollback --environment {name} --to {} --reason {} -- DEPLOY-COMMAND",
        visible(target),
        word(&visible(reason))
    );
    format!(
        "{} is frozen, and {} was not started, as far as can be told. {} Start it by hand, with {} \
         as what to go back to, or run this where you deploy from:\n\n{}",
        code(&visible(environment.name())),
        code(workflow),
        paragraph(why),
        code(&visible(target)),
        fence("sh", &command),
    )
}

/// An answer under the words that asked for it.
pub fn answer(login: &str, verb: &str, text: &str) -> String {
    let login = code(&super::safe::visible(login));
    let verb = code(&format!("/afterclick {}", super::safe::visible(verb)));
    format!("**{verb}** from {login}\n\n{}", text.trim())
}

/// A sentence of ours about something that failed.
pub fn failed(sentence: &str, hint: &str) -> String {
    format!("{} {}", paragraph(sentence), paragraph(hint))
}
