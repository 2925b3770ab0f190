use crate::review::Context;
use crate::review::infrastructure::safeguard::{
    daemons, firewall, levels, overlay, peers, pods, present, proxies, resources, routers,
};
use crate::review::record::finding::Finding;

check! {
    /// A safeguard of the cloud, the cluster or a server is off, laxer, or there for fewer.
    ///
    /// ## What it does
    /// Reads Terraform, CloudFormation, manifests and charts of Kubernetes, Compose and the settings
    /// of web servers, stores and `sshd`. Speaks when one of their safeguards gets weaker: encrypted connections and the
    /// oldest version they take, who may reach what, records of who did what, firewalls, admission
    /// rules, passwords of stores, limits and headers of web servers. Also when what guards another
    /// resource is gone while that stays, is made for fewer of them or only where asked for; when a
    /// secret that was named is written out; and when rules of a server cancel each other, as a header
    /// in an inner block of nginx does with those around it. It stays silent where the same safeguard
    /// stands elsewhere in the change, and where what it guarded is gone.
    ///
    /// ## Why it matters
    /// Everything works as before. It shows only when somebody uses it.
    ///
    /// ## Example
    /// ```hcl
    /// minimum_protocol_version = "TLSv1"   # was: TLSv1.2_2021
    /// ```
    ///
    /// ## Instead
    /// Keep the safeguard, and make an exception for the one thing that needs it.
    "production/safeguard-weakened", Production, SPEAKS, run
}

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    levels::run(context, out);
    present::run(context, out);
    resources::run(context, out);
    peers::run(context, out);
    pods::run(context, out);
    overlay::run(context, out);
    proxies::run(context, out);
    routers::run(context, out);
    daemons::run(context, out);
    firewall::run(context, out);
}
