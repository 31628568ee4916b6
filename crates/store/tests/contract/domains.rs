//! Domains, looks and terms.

use poolhouse_ports::Timestamp;
use poolhouse_store::Store;
use poolhouse_store::tables::branding_assets::{self, BrandingAsset};
use poolhouse_store::tables::branding_styles::{self, BrandingStyle};
use poolhouse_store::tables::domains::{self, Domain};
use poolhouse_store::tables::terms::{self, Terms};
use poolhouse_store::tables::ui_customizations::{self, UiCustomization};
use poolhouse_store::tables::{Insert, clients, pools};

use crate::behaviours;
use crate::rows::{client, with_pools};

fn text(text: &str) -> String {
    text.to_owned()
}

fn domain(pool: &str, name: &str, custom: bool) -> Domain {
    Domain {
        name: text(name),
        pool_id: pool.into(),
        custom,
        created_at: Timestamp(1),
        modified_at: Timestamp(1),
        config: text("{}"),
    }
}

fn style(id: &str, client: &str) -> BrandingStyle {
    BrandingStyle {
        pool_id: "p".into(),
        style_id: text(id),
        client_id: client.into(),
        created_at: Timestamp(1),
        modified_at: Timestamp(1),
        settings: None,
    }
}

fn asset(position: i64) -> BrandingAsset {
    BrandingAsset {
        pool_id: "p".into(),
        style_id: text("s"),
        position,
        category: text("FORM_LOGO"),
        color_mode: text("LIGHT"),
        extension: text("PNG"),
        resource_id: None,
        content: vec![0, 255],
    }
}

fn look(selector: &str, client: Option<&str>) -> UiCustomization {
    UiCustomization {
        pool_id: "p".into(),
        selector: text(selector),
        client_id: client.map(Into::into),
        css: Some(text("css")),
        image: None,
        created_at: Timestamp(1),
        modified_at: Timestamp(1),
    }
}

fn document(id: &str, client: &str, name: &str) -> Terms {
    Terms {
        pool_id: "p".into(),
        terms_id: text(id),
        client_id: client.into(),
        name: text(name),
        created_at: Timestamp(1),
        modified_at: Timestamp(1),
        links: text("{}"),
    }
}

behaviours! {
    async fn a_domain_is_one_pools_and_a_pool_has_one_of_each_kind(store: &Store) {
        let mut tx = with_pools(store).await;
        for row in [domain("p", "shop", false), domain("p", "id.example.com", true)] {
            assert_eq!(domains::insert(&mut tx, &row).await.unwrap(), Insert::Inserted);
        }
        for row in [domain("q", "shop", false), domain("p", "store", false), domain("p", "a.b.c", true)] {
            assert_eq!(domains::insert(&mut tx, &row).await.unwrap(), Insert::Exists);
        }
        let both = [domain("p", "shop", false), domain("p", "id.example.com", true)];
        assert_eq!(domains::list(&mut tx, &"p".into()).await.unwrap(), both);
        assert_eq!(domains::list(&mut tx, &"q".into()).await.unwrap(), []);
        let [prefix, host] = both;
        assert_eq!(domains::list_after(&mut tx, "", 1).await.unwrap(), [host]);
        assert_eq!(domains::list_after(&mut tx, "id.example.com", 5).await.unwrap(), [prefix]);
        let changed = Domain { modified_at: Timestamp(2), config: text("[]"), ..domain("p", "shop", false) };
        assert!(domains::update(&mut tx, &changed).await.unwrap());
        assert!(!domains::update(&mut tx, &domain("q", "shop", false)).await.unwrap());
        assert_eq!(domains::get(&mut tx, "shop").await.unwrap(), Some(changed));
        assert!(!domains::delete(&mut tx, "shop", &"q".into()).await.unwrap());
        assert!(domains::delete(&mut tx, "shop", &"p".into()).await.unwrap());
        assert!(pools::delete(&mut tx, &"p".into()).await.unwrap());
        assert_eq!(domains::get(&mut tx, "id.example.com").await.unwrap(), None);
        tx.commit().await.unwrap();
    }

    async fn looks_are_replaced_and_go_with_their_client(store: &Store) {
        let mut tx = with_pools(store).await;
        assert_eq!(clients::insert(&mut tx, &client("p", "c")).await.unwrap(), Insert::Inserted);
        ui_customizations::put(&mut tx, &look("ALL", None)).await.unwrap();
        ui_customizations::put(&mut tx, &look("c", Some("c"))).await.unwrap();
        let newer = UiCustomization {
            css: None,
            image: Some(vec![1]),
            created_at: Timestamp(9),
            modified_at: Timestamp(9),
            ..look("c", Some("c"))
        };
        ui_customizations::put(&mut tx, &newer).await.unwrap();
        let stored = ui_customizations::get(&mut tx, &"p".into(), "c").await.unwrap();
        assert_eq!(stored, Some(UiCustomization { created_at: Timestamp(1), ..newer }));
        assert!(clients::delete(&mut tx, &"c".into()).await.unwrap());
        assert_eq!(ui_customizations::get(&mut tx, &"p".into(), "c").await.unwrap(), None);
        assert!(ui_customizations::delete(&mut tx, &"p".into(), "ALL").await.unwrap());
        assert!(!ui_customizations::delete(&mut tx, &"p".into(), "ALL").await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn a_client_has_one_style_which_has_images(store: &Store) {
        let mut tx = with_pools(store).await;
        assert_eq!(clients::insert(&mut tx, &client("p", "c")).await.unwrap(), Insert::Inserted);
        assert_eq!(branding_styles::insert(&mut tx, &style("s", "c")).await.unwrap(), Insert::Inserted);
        assert_eq!(branding_styles::insert(&mut tx, &style("t", "c")).await.unwrap(), Insert::Exists);
        branding_assets::replace(&mut tx, &"p".into(), "s", &[asset(0), asset(1)]).await.unwrap();
        assert_eq!(branding_assets::list(&mut tx, &"p".into(), "s").await.unwrap(), [asset(0), asset(1)]);
        branding_assets::replace(&mut tx, &"p".into(), "s", &[asset(0)]).await.unwrap();
        assert_eq!(branding_assets::list(&mut tx, &"p".into(), "s").await.unwrap(), [asset(0)]);
        let changed = BrandingStyle { modified_at: Timestamp(2), settings: Some(text("{}")), ..style("s", "c") };
        assert!(branding_styles::update(&mut tx, &changed).await.unwrap());
        assert!(!branding_styles::update(&mut tx, &style("t", "c")).await.unwrap());
        assert_eq!(branding_styles::get(&mut tx, &"p".into(), "s").await.unwrap(), Some(changed.clone()));
        assert_eq!(branding_styles::find_by_client(&mut tx, &"c".into()).await.unwrap(), Some(changed));
        assert_eq!(branding_styles::get(&mut tx, &"q".into(), "s").await.unwrap(), None);
        assert!(clients::delete(&mut tx, &"c".into()).await.unwrap());
        assert!(!branding_styles::delete(&mut tx, &"p".into(), "s").await.unwrap());
        assert_eq!(branding_assets::list(&mut tx, &"p".into(), "s").await.unwrap(), []);
        tx.commit().await.unwrap();
    }

    async fn a_client_has_one_document_of_each_name(store: &Store) {
        let mut tx = with_pools(store).await;
        for id in ["c", "d"] {
            assert_eq!(clients::insert(&mut tx, &client("p", id)).await.unwrap(), Insert::Inserted);
        }
        let rows = [document("1", "c", "a"), document("2", "c", "b"), document("3", "d", "a")];
        for row in &rows {
            assert_eq!(terms::insert(&mut tx, row).await.unwrap(), Insert::Inserted);
        }
        assert_eq!(terms::insert(&mut tx, &document("4", "c", "a")).await.unwrap(), Insert::Exists);
        assert_eq!(terms::list_after(&mut tx, &"p".into(), "", 2).await.unwrap(), rows[..2]);
        assert_eq!(terms::list_after(&mut tx, &"p".into(), "2", 9).await.unwrap(), rows[2..]);
        assert_eq!(terms::find_by_client(&mut tx, &"d".into(), "a").await.unwrap(), Some(rows[2].clone()));
        let changed = Terms {
            name: text("b"),
            modified_at: Timestamp(2),
            links: text("[]"),
            ..document("3", "d", "a")
        };
        assert!(terms::update(&mut tx, &changed).await.unwrap());
        assert!(!terms::update(&mut tx, &document("4", "d", "a")).await.unwrap());
        assert_eq!(terms::get(&mut tx, &"p".into(), "3").await.unwrap(), Some(changed));
        assert!(terms::delete(&mut tx, &"p".into(), "3").await.unwrap());
        assert!(clients::delete(&mut tx, &"c".into()).await.unwrap());
        assert_eq!(terms::list_after(&mut tx, &"p".into(), "", 9).await.unwrap(), []);
        tx.commit().await.unwrap();
    }
}
