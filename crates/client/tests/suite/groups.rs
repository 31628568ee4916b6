//! Groups: C29 to C33, G1 to G13.

use poolhouse_client::{Error, ErrorKind, Group};

use crate::world::Pool;

const ROLE: &str = "arn:aws:iam::123456789012:role/admins";

async fn groups(pool: &Pool<'_>, names: &[&str]) {
    for name in names {
        pool.admin.create_group(*name).send().await.unwrap();
    }
}

rows! {
    async fn c29_g1_g9_get_group(world) {
        let pool = world.pool().await;
        let request = pool.admin.create_group("admins").description("Do anything").precedence(1).role_arn(ROLE);
        let made = request.send().await.unwrap();
        let group = pool.admin.get_group("admins").await.unwrap();
        assert_eq!(group, made);
        assert_eq!((group.name.as_str(), group.description.as_deref()), ("admins", Some("Do anything")));
        assert_eq!((group.precedence, group.role_arn.as_deref()), (Some(1), Some(ROLE)));
        assert!(group.created.unwrap() <= group.modified.unwrap());
        groups(&pool, &["plain"]).await;
        let plain = pool.admin.get_group("plain").await.unwrap();
        assert_eq!((plain.description, plain.precedence, plain.role_arn), (None, None, None));
    }

    /// Not a plain Exception, as the guide says: the cases to branch on.
    async fn c29_errors_of_groups(world) {
        let pool = world.pool().await;
        assert!(matches!(pool.admin.get_group("none").await, Err(Error::Service { kind: ErrorKind::NotFound, .. })));
        groups(&pool, &["staff"]).await;
        let again = pool.admin.create_group("staff").send().await;
        assert!(matches!(again, Err(Error::Service { kind: ErrorKind::GroupExists, .. })), "{again:?}");
        let nobody = world.builder(&pool.id).build().unwrap().admin();
        assert!(matches!(nobody, Err(Error::Configuration(_))));
    }

    /// Every page, where pycognito ends after the first sixty.
    async fn c30_g3_get_groups(world) {
        let pool = world.pool().await;
        assert!(pool.admin.list_groups().all().await.unwrap().is_empty());
        let names: Vec<String> = (0..61).map(|number| format!("group-{number:02}")).collect();
        for name in &names {
            pool.admin.create_group(name).send().await.unwrap();
        }
        let mut listed: Vec<_> = pool.admin.list_groups().all().await.unwrap().into_iter().map(|g| g.name).collect();
        listed.sort_unstable();
        assert_eq!(listed, names);
        let mut stream = pool.admin.list_groups().page_size(7);
        let mut count = 0;
        while let Some(group) = stream.next().await {
            group.unwrap();
            count += 1;
        }
        assert_eq!(count, 61);
    }

    async fn x_update_and_delete_group(world) {
        let pool = world.pool().await;
        pool.admin.create_group("staff").description("People").precedence(9).send().await.unwrap();
        let changed = pool.admin.update_group("staff").precedence(3).send().await.unwrap();
        assert_eq!((changed.description.as_deref(), changed.precedence), (Some("People"), Some(3)));
        pool.admin.delete_group("staff").await.unwrap();
        assert!(matches!(pool.admin.delete_group("staff").await, Err(Error::Service { kind: ErrorKind::NotFound, .. })));
    }

    async fn c31_g4_g5_add_and_remove(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        groups(&pool, &["one", "two"]).await;
        for group in ["one", "one", "two"] {
            pool.admin.add_user_to_group("alice", group).await.unwrap();
        }
        assert_eq!(pool.admin.group_names_for_user("alice").await.unwrap(), ["one", "two"]);
        for _ in 0..2 {
            pool.admin.remove_user_from_group("alice", "one").await.unwrap();
        }
        assert_eq!(pool.admin.group_names_for_user("alice").await.unwrap(), ["two"]);
        assert!(matches!(pool.admin.add_user_to_group("alice", "none").await, Err(Error::Service { kind: ErrorKind::NotFound, .. })));
        assert!(matches!(pool.admin.add_user_to_group("nobody", "one").await, Err(Error::Service { kind: ErrorKind::UserNotFound, .. })));
    }

    /// Groups as records, not only names, and all pages.
    async fn c32_g6_list_groups_for_user(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        assert!(pool.admin.group_names_for_user("alice").await.unwrap().is_empty());
        groups(&pool, &["a", "b", "c"]).await;
        for group in ["a", "b", "c"] {
            pool.admin.add_user_to_group("alice", group).await.unwrap();
        }
        let listed = pool.admin.list_groups_for_user("alice").page_size(2).all().await.unwrap();
        assert_eq!(listed.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert!(listed.iter().all(|group| group.created.is_some()));
        let unknown = pool.admin.group_names_for_user("nobody").await;
        assert!(matches!(unknown, Err(Error::Service { kind: ErrorKind::UserNotFound, .. })));
    }

    async fn g7_read_your_write(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        groups(&pool, &["staff"]).await;
        for _ in 0..3 {
            pool.admin.add_user_to_group("alice", "staff").await.unwrap();
            assert_eq!(pool.admin.group_names_for_user("alice").await.unwrap(), ["staff"]);
            pool.admin.remove_user_from_group("alice", "staff").await.unwrap();
            assert!(pool.admin.group_names_for_user("alice").await.unwrap().is_empty());
        }
    }

    async fn c33_g8_enable_and_disable(world) {
        let pool = world.pool().await;
        let alice = pool.signed_in("alice").await;
        groups(&pool, &["staff"]).await;
        pool.admin.add_user_to_group("alice", "staff").await.unwrap();
        for _ in 0..2 {
            pool.admin.disable_user("alice").await.unwrap();
        }
        let refused = pool.client.sign_in("alice").password(crate::world::PASSWORD).send().await;
        assert!(matches!(refused, Err(Error::Service { kind: ErrorKind::UserDisabled, .. })), "{refused:?}");
        assert!(matches!(alice.renew().await, Err(Error::Service { kind: ErrorKind::UserDisabled, .. })));
        assert_eq!(pool.admin.get_user("alice").await.unwrap().enabled, Some(false));
        for _ in 0..2 {
            pool.admin.enable_user("alice").await.unwrap();
        }
        assert_eq!(pool.admin.group_names_for_user("alice").await.unwrap(), ["staff"]);
        pool.sign_in("alice").await;
    }

    /// The pattern of roles as groups, with an account of what was done.
    async fn g10_replace_group_membership(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        groups(&pool, &["viewer", "editor", "admin", "newsletter"]).await;
        let roles = ["viewer", "editor", "admin"];
        for group in ["viewer", "newsletter"] {
            pool.admin.add_user_to_group("alice", group).await.unwrap();
        }
        let change = pool.admin.replace_group_membership("alice", roles, "editor").await.unwrap();
        assert_eq!((change.added.as_deref(), change.removed), (Some("editor"), vec!["viewer".to_owned()]));
        assert_eq!(pool.admin.group_names_for_user("alice").await.unwrap(), ["editor", "newsletter"]);
        let again = pool.admin.replace_group_membership("alice", roles, "editor").await.unwrap();
        assert_eq!((again.added, again.removed.len()), (None, 0));
        let failed = pool.admin.replace_group_membership("alice", roles, "none").await.unwrap_err();
        assert!(matches!(failed.error, Error::Service { kind: ErrorKind::NotFound, .. }));
        assert_eq!(failed.left, poolhouse_client::MembershipChange::default());
        assert_eq!(pool.admin.group_names_for_user("alice").await.unwrap(), ["editor", "newsletter"]);
    }

    /// By asking the service, and from the token alone.
    async fn g11_access_control(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        groups(&pool, &["admins", "staff"]).await;
        pool.admin.add_user_to_group("alice", "staff").await.unwrap();
        assert!(pool.admin.user_in_any_group("alice", ["admins", "staff"]).await.unwrap());
        assert!(!pool.admin.user_in_any_group("alice", ["admins"]).await.unwrap());
        let claims = pool.sign_in("alice").await.access_claims().unwrap();
        assert_eq!(claims.groups(), ["staff"]);
        assert!(claims.in_any_group(["admins", "staff"]) && !claims.in_any_group(["admins"]));
    }

    async fn g13_the_lowest_precedence_decides_the_role(world) {
        let pool = world.pool().await;
        pool.user("alice").await;
        pool.admin.create_group("staff").precedence(9).role_arn("arn:aws:iam::123456789012:role/staff").send().await.unwrap();
        pool.admin.create_group("admins").precedence(1).role_arn(ROLE).send().await.unwrap();
        pool.admin.create_group("all").send().await.unwrap();
        for group in ["staff", "admins", "all"] {
            pool.admin.add_user_to_group("alice", group).await.unwrap();
        }
        let mut ranked = pool.admin.list_groups_for_user("alice").all().await.unwrap();
        ranked.sort_by(Group::by_rank);
        assert_eq!(ranked.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["admins", "staff", "all"]);
        let claims = pool.sign_in("alice").await.id_claims().unwrap();
        assert_eq!(claims.preferred_role(), Some(ROLE));
        assert_eq!(claims.roles().len(), 2);
    }

    async fn g14_list_users_in_group(world) {
        let pool = world.pool().await;
        groups(&pool, &["staff"]).await;
        for name in ["alice", "bob", "carol"] {
            pool.user(name).await;
            pool.admin.add_user_to_group(name, "staff").await.unwrap();
        }
        let members = pool.admin.list_users_in_group("staff").page_size(2).all().await.unwrap();
        assert_eq!(members.len(), 3);
        assert!(members.iter().all(|user| user.email().is_some() && user.enabled == Some(true)));
        let mut none = pool.admin.list_users_in_group("none");
        assert!(matches!(none.next().await, Some(Err(Error::Service { kind: ErrorKind::NotFound, .. }))));
    }
}
