//! How the pages of a pool look: the classic ones by a style sheet and a logo ([`ui`]), managed login by settings and
//! images ([`style`]) (docs/cognito/oauth-and-managed-login.md §10).

mod assets;
mod css;
pub mod look;
mod settings;
pub mod style;
pub mod ui;
