//! Writes every page to a folder, in a language, to be looked at: `gallery FOLDER [LANGUAGE]`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use poolhouse_pages::{Language, assets};

#[path = "../tests/samples/mod.rs"]
mod samples;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let folder = arguments.next().ok_or("usage: gallery FOLDER [LANGUAGE]")?;
    let language = Language::choose(arguments.next().as_deref(), None, None);
    let folder = Path::new(&folder);
    fs::create_dir_all(folder.join("assets"))?;
    for (name, page) in samples::render(language, None, &[]) {
        // Files have no root: their assets stand beside them.
        let page = page.replace("/_domains/linden/assets/", "assets/").replace("\"/assets/", "\"assets/");
        for asset in assets::all().iter().filter(|asset| page.contains(&asset.name)) {
            fs::write(folder.join("assets").join(&asset.name), asset.bytes)?;
        }
        fs::write(folder.join(name).with_extension("html"), page)?;
    }
    Ok(())
}
