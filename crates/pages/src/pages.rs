//! The pages, a struct each. What they have in common: `shell` is the frame, `form` what the page's one question is
//! answered with. Names of fields stand beside the struct's own words; they are what forms post.

mod account;
mod departure;
mod ending;
mod recovery;
mod set_up;
mod sign_in;
mod sign_up;

pub use account::*;
pub use departure::*;
pub use ending::*;
pub use recovery::*;
pub use set_up::*;
pub use sign_in::*;
pub use sign_up::*;
