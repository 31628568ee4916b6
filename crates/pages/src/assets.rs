//! The files that pages load, under names of their content.

use std::sync::LazyLock;

/// Where assets are served, after the base of the domain's paths.
pub const PATH: &str = "/assets/";

/// A file that pages load.
#[derive(Debug)]
pub struct Asset {
    /// The last part of its path, which changes with the content.
    pub name: String,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
}

static ASSETS: LazyLock<[Asset; 2]> = LazyLock::new(|| {
    [
        asset("pages", "css", "text/css; charset=utf-8", include_bytes!("../static/pages.css")),
        asset("pages", "js", "text/javascript; charset=utf-8", include_bytes!("../static/pages.js")),
    ]
});

/// Every asset.
pub fn all() -> &'static [Asset] {
    &*ASSETS
}

/// The asset of that name.
pub fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

pub(crate) fn style() -> &'static Asset {
    let [style, _] = &*ASSETS;
    style
}

pub(crate) fn script() -> &'static Asset {
    let [_, script] = &*ASSETS;
    script
}

fn asset(stem: &str, extension: &str, content_type: &'static str, bytes: &'static [u8]) -> Asset {
    Asset { name: format!("{stem}-{:016x}.{extension}", hash(bytes)), content_type, bytes }
}

/// FNV-1a: tells one version of a file from another; nobody but us chooses the content.
pub(crate) fn hash(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assets_are_found_by_their_whole_names_alone() {
        for asset in ASSETS.iter() {
            assert_eq!(find(&asset.name).unwrap().bytes, asset.bytes);
            assert_eq!(find(&asset.name[1..]).map(|found| &found.name), None);
        }
        assert!(find("../pages.css").is_none());
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
