//! Who may do what and how it is known: roles, ways to sign in, areas of the audit log.

use crate::words;

words! {
    /// What a user may do. The authorization matrix itself lives in `web`.
    Role, "role" {
        /// Everything in the organisation.
        Admin = "admin",
        /// Everything but users, tokens, the organisation and endpoints.
        Manager = "manager",
        /// Its own leads.
        Agent = "agent",
        /// Its own claims, once the marketplace exists.
        Provider = "provider",
    }
}

words! {
    /// How somebody signed in.
    SignInMethod, "way to sign in" {
        /// By e-mail and password.
        Password = "password",
        /// By a one-time link.
        Link = "link",
    }
}

words! {
    /// What a one-time link is for.
    Purpose, "purpose" {
        /// Signing in without a password.
        SignIn = "sign_in",
        /// Choosing a new password.
        Reset = "reset",
    }
}

words! {
    /// What a change of settings touched.
    Area, "area" {
        /// A source.
        Source = "source",
        /// A source's auto-assign configuration.
        Pool = "pool",
        /// An agent.
        Agent = "agent",
        /// A user, its password, its sessions.
        User = "user",
        /// An API token.
        Token = "token",
        /// The organisation itself.
        Organization = "organization",
        /// Where events are sent to.
        WebhookEndpoint = "webhook_endpoint",
    }
}
