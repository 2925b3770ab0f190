//! The shapes of GitHub's replies, with everything that its description says is always there.

use serde_json::{Map, Value, json};

use super::server::Request;
use super::state::{Check, Comment, Deployment, Pull, Run, State};

pub fn user(request: &Request, login: &str) -> Value {
    let named = login.replace('[', "%5B").replace(']', "%5D");
    let url = format!("{}/users/{named}", request.base);
    let kind = match login.ends_with("[bot]") {
        true => "Bot",
        false => "User",
    };
    let mut user = json!({
        "login": login, "id": 41_898_282, "node_id": "MDM6Qm90NDE4OTgyODI=", "gravatar_id": "",
        "avatar_url": "https://avatars.example/u/1", "html_url": "https://github.example/apps/a",
        "url": url, "type": kind, "site_admin": false,
    });
    for rest in [
        "events",
        "followers",
        "following",
        "gists",
        "organizations",
        "received_events",
        "repos",
        "starred",
        "subscriptions",
    ] {
        user[format!("{rest}_url")] = format!("{url}/{rest}").into();
    }
    user
}

pub fn repository(request: &Request, state: &State, fork: bool) -> Value {
    let (name, id) = match fork {
        true => (format!("fork-of/{}", short(&state.name)), state.id + 1),
        false => (state.name.clone(), state.id),
    };
    let url = format!("{}/repos/{name}", request.base);
    let mut all = Map::new();
    for rest in [
        "archive",
        "assignees",
        "blobs",
        "branches",
        "collaborators",
        "comments",
        "commits",
        "compare",
        "contents",
        "contributors",
        "deployments",
        "downloads",
        "events",
        "forks",
        "git_commits",
        "git_refs",
        "git_tags",
        "hooks",
        "issue_comment",
        "issue_events",
        "issues",
        "keys",
        "labels",
        "languages",
        "merges",
        "milestones",
        "notifications",
        "pulls",
        "releases",
        "stargazers",
        "statuses",
        "subscribers",
        "subscription",
        "tags",
        "teams",
        "trees",
    ] {
        all.insert(format!("{rest}_url"), format!("{url}/{rest}").into());
    }
    for count in [
        "forks",
        "forks_count",
        "network_count",
        "open_issues",
        "open_issues_count",
        "size",
        "stargazers_count",
        "subscribers_count",
        "watchers",
        "watchers_count",
    ] {
        all.insert(count.to_owned(), 0.into());
    }
    for flag in [
        "private",
        "archived",
        "disabled",
        "has_downloads",
        "has_issues",
        "has_projects",
        "has_wiki",
        "has_pages",
        "has_discussions",
    ] {
        all.insert(flag.to_owned(), false.into());
    }
    for nothing in [
        "description",
        "homepage",
        "language",
        "license",
        "mirror_url",
    ] {
        all.insert(nothing.to_owned(), Value::Null);
    }
    for time in ["pushed_at", "created_at", "updated_at"] {
        all.insert(time.to_owned(), "2026-01-02T03:04:05Z".into());
    }
    let web = format!("https://github.example/{name}");
    for (key, value) in [
        ("full_name", name.as_str()),
        ("name", short(&name)),
        ("url", &url),
        ("html_url", &web),
        ("clone_url", &web),
        ("svn_url", &web),
        ("git_url", "git://github.example/a"),
        ("ssh_url", "git@github.example:a"),
        ("node_id", "MDEwOlJlcG9zaXRvcnkx"),
        ("default_branch", "main"),
        ("visibility", "public"),
    ] {
        all.insert(key.to_owned(), value.into());
    }
    all.insert("id".to_owned(), id.into());
    all.insert("fork".to_owned(), fork.into());
    let owner = name.split('/').next().unwrap();
    all.insert("owner".to_owned(), user(request, owner));
    all.into()
}

fn short(name: &str) -> &str {
    name.split('/').nth(1).unwrap()
}

/// A pull request; in full as one alone, without its counts in a list.
pub fn pull(request: &Request, state: &State, pull: &Pull, alone: bool) -> Value {
    let number = pull.number;
    let url = format!("{}/repos/{}/pulls/{number}", request.base, state.name);
    let issue = format!("{}/repos/{}/issues/{number}", request.base, state.name);
    let web = format!("https://github.example/{}/pull/{number}", state.name);
    let link = |href: String| json!({ "href": href });
    let side = |branch: &str, sha: String, fork: bool| {
        let owner = match fork {
            true => "fork-of",
            false => "octo",
        };
        json!({
            "label": format!("{owner}:{branch}"), "ref": branch, "sha": sha,
            "repo": repository(request, state, fork), "user": user(request, owner),
        })
    };
    let links = json!({
        "self": link(url.clone()), "html": link(web.clone()), "issue": link(issue.clone()),
        "comments": link(format!("{issue}/comments")),
        "review_comments": link(format!("{url}/comments")),
        "review_comment": link(format!("{url}/comments{{/number}}")),
        "commits": link(format!("{url}/commits")), "statuses": link(format!("{url}/statuses")),
    });
    let mut body = json!({
        "id": 7_000_000_000_u64 + number, "node_id": "PR_1", "number": number, "url": url,
        "html_url": web, "diff_url": format!("{web}.diff"), "patch_url": format!("{web}.patch"),
        "issue_url": issue, "comments_url": format!("{issue}/comments"),
        "commits_url": format!("{url}/commits"), "statuses_url": format!("{url}/statuses"),
        "review_comments_url": format!("{url}/comments"),
        "review_comment_url": format!("{url}/comments{{/number}}"),
        "title": pull.title, "body": null, "user": user(request, &pull.author),
        "state": if pull.open { "open" } else { "closed" }, "draft": pull.draft,
        "locked": false, "labels": [], "milestone": null, "assignee": null, "assignees": [],
        "requested_reviewers": [], "requested_teams": [], "author_association": "MEMBER",
        "auto_merge": null, "active_lock_reason": null, "merge_commit_sha": null,
        "_links": links,
    });
    for time in ["created_at", "updated_at"] {
        body[time] = "2026-11-20T17:00:00Z".into();
    }
    for time in ["closed_at", "merged_at"] {
        body[time] = Value::Null;
    }
    let head = state.sha(&format!("refs/pull/{number}/head"));
    body["head"] = side(&pull.head_branch, head, pull.from_fork);
    let base = state.sha(&format!("refs/heads/{}", pull.base_branch));
    body["base"] = side(&pull.base_branch, base, false);
    if alone {
        for count in [
            "additions",
            "changed_files",
            "comments",
            "commits",
            "deletions",
            "review_comments",
        ] {
            body[count] = 1.into();
        }
        body["mergeable"] = Value::Null;
        body["mergeable_state"] = "unknown".into();
        body["merged"] = false.into();
        body["merged_by"] = Value::Null;
        body["maintainer_can_modify"] = false.into();
        body["rebaseable"] = Value::Null;
    }
    body
}

pub fn comment(request: &Request, state: &State, comment: &Comment) -> Value {
    let (id, number) = (comment.id, comment.pull);
    let url = format!("{}/repos/{}", request.base, state.name);
    json!({
        "id": id, "node_id": "IC_1", "url": format!("{url}/issues/comments/{id}"),
        "html_url": format!("https://github.example/{}/pull/{number}#issuecomment-{id}", state.name),
        "issue_url": format!("{url}/issues/{number}"), "body": comment.body,
        "user": user(request, &comment.author), "author_association": "NONE",
        "created_at": comment.created_at, "updated_at": comment.updated_at,
        "performed_via_github_app": comment.app.as_ref().map(|slug| app(request, slug)),
    })
}

fn app(request: &Request, slug: &str) -> Value {
    json!({
        "id": 15_368, "slug": slug, "node_id": "MDM6QXBwMTUzNjg=", "owner": user(request, "github"),
        "name": slug, "description": "", "external_url": "https://help.example",
        "html_url": format!("https://github.example/apps/{slug}"),
        "created_at": "2018-07-30T09:30:17Z", "updated_at": "2019-12-10T19:04:12Z",
        "permissions": { "checks": "write" }, "events": [],
    })
}

pub fn check(request: &Request, state: &State, check: &Check) -> Value {
    let url = format!(
        "{}/repos/{}/check-runs/{}",
        request.base, state.name, check.id
    );
    json!({
        "id": check.id, "node_id": "CR_1", "head_sha": check.head, "name": check.name, "url": url,
        "external_id": check.external_id, "details_url": null,
        "html_url": format!("https://github.example/{}/runs/{}", state.name, check.id),
        "status": "completed", "conclusion": check.conclusion, "started_at": check.at,
        "completed_at": check.at, "check_suite": { "id": 5 },
        "app": app(request, "github-actions"), "pull_requests": [],
        "output": {
            "title": check.title, "summary": check.summary, "text": null,
            "annotations_count": check.annotations.len(),
            "annotations_url": format!("{url}/annotations"),
        },
    })
}

pub fn run(request: &Request, state: &State, run: &Run) -> Value {
    let url = format!(
        "{}/repos/{}/actions/runs/{}",
        request.base, state.name, run.id
    );
    let mut body = json!({
        "id": run.id, "node_id": "WFR_1", "name": "Ship", "head_branch": "main", "run_number": 7,
        "display_title": "Ship", "event": "push", "status": run.status,
        "conclusion": run.conclusion, "run_attempt": run.attempt,
        "head_sha": "1".repeat(40), "path": ".github/workflows/ship.yml", "workflow_id": 3,
        "url": url, "html_url": format!("https://github.example/{}/actions/runs/{}", state.name, run.id),
        "created_at": "2026-11-20T17:00:00Z", "updated_at": "2026-11-20T17:00:00Z",
        "head_commit": null, "pull_requests": [],
        "repository": repository(request, state, false),
        "head_repository": repository(request, state, false),
    });
    for rest in [
        "jobs",
        "logs",
        "check_suite",
        "cancel",
        "rerun",
        "artifacts",
        "workflow",
    ] {
        body[format!("{rest}_url")] = format!("{url}/{rest}").into();
    }
    body
}

pub fn group(request: &Request, state: &State, name: &str, runs: &[u64]) -> Value {
    let url = format!("{}/repos/{}/actions", request.base, state.name);
    let members = runs.iter().enumerate().map(|(at, run)| {
        json!({
            "run_id": run, "run_name": "afterclick ship", "run_url": format!("{url}/runs/{run}"),
            "run_html_url": format!("https://github.example/{}/actions/runs/{run}", state.name),
            "status": if at == 0 { "in_progress" } else { "pending" },
        })
    });
    json!({
        "group_name": name, "group_url": format!("{url}/concurrency_groups/{name}"),
        "total_count": runs.len(), "group_members": members.collect::<Vec<_>>(),
    })
}

pub fn dispatched(request: &Request, state: &State, run: u64) -> Value {
    json!({
        "workflow_run_id": run,
        "run_url": format!("{}/repos/{}/actions/runs/{run}", request.base, state.name),
        "html_url": format!("https://github.example/{}/actions/runs/{run}", state.name),
    })
}

pub fn approval(
    request: &Request,
    (_, login, environment, state): &(u64, &str, &str, &str),
) -> Value {
    let url = format!("{}/environments/{environment}", request.base);
    json!({
        "state": state, "comment": "", "user": user(request, login),
        "environments": [{
            "id": 9, "node_id": "EN_9", "name": environment, "url": url, "html_url": url,
            "created_at": "2026-11-20T17:00:00Z", "updated_at": "2026-11-20T17:00:00Z",
        }],
    })
}

pub fn deployment(request: &Request, state: &State, one: &Deployment) -> Value {
    let url = format!(
        "{}/repos/{}/deployments/{}",
        request.base, state.name, one.id
    );
    json!({
        "id": one.id, "node_id": "DE_1", "url": url, "sha": one.body["ref"], "ref": one.body["ref"],
        "task": one.body["task"], "payload": one.body["payload"],
        "environment": one.body["environment"], "original_environment": one.body["environment"],
        "description": one.body["description"], "creator": user(request, &state.login),
        "created_at": one.at, "updated_at": one.at, "statuses_url": format!("{url}/statuses"),
        "repository_url": format!("{}/repos/{}", request.base, state.name),
        "transient_environment": one.body["transient_environment"],
        "production_environment": one.body["production_environment"],
    })
}

pub fn deployment_status(
    request: &Request,
    state: &State,
    one: &Deployment,
    (id, status, at): &(u64, Value, String),
) -> Value {
    let url = format!(
        "{}/repos/{}/deployments/{}",
        request.base, state.name, one.id
    );
    let mut shown = json!({
        "id": id, "node_id": "DES_1", "url": format!("{url}/statuses/{id}"),
        "state": status["state"], "creator": user(request, &state.login),
        "description": status["description"], "environment": one.body["environment"],
        "target_url": status["log_url"], "log_url": status["log_url"],
        "created_at": at, "updated_at": at, "deployment_url": url,
        "repository_url": format!("{}/repos/{}", request.base, state.name),
    });
    if status["environment_url"].is_string() {
        shown["environment_url"] = status["environment_url"].clone();
    }
    shown
}
