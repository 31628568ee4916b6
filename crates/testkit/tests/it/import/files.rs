//! What files may hold, and what becomes of a line.

use poolhouse_testkit::on_both;
use serde_json::{Value, json};

use super::{
    attributes, columns, crowd, describe, end, file, import, job, person, pool, run, start, upload, user,
};

on_both! {
    async fn a_line_becomes_a_user(server) {
        let pool = pool(server).await;
        let client = server.client(&pool, json!({})).await;
        let alice = [
            ("cognito:username", " alice "), ("email", "alice@example.com"), ("email_verified", "TRUE"),
            ("cognito:mfa_enabled", "False"), ("birthdate", "02/01/1985"), ("updated_at", "1700000000"),
            ("address", "1 Main Street\\, Springfield"), ("name", "\"Alice\""), ("phone_number_verified", "false"),
        ];
        let job = import(server, &pool, &file(server, &pool, &[&alice]).await, json!({})).await;
        assert_eq!(end(&job), ("Succeeded", 1, 0, 0));
        let made = user(server, &pool, "alice").await;
        assert_eq!((&made["UserStatus"], &made["Enabled"]), (&json!("RESET_REQUIRED"), &json!(true)));
        assert_eq!(attributes(&made), json!({
            "email": "alice@example.com", "email_verified": "true", "birthdate": "1985-02-01", "name": "\"Alice\"",
            "updated_at": "1700000000", "address": "1 Main Street, Springfield",
        }));
        let filter = json!({ "UserPoolId": pool, "Filter": "email = \"alice@example.com\"" });
        assert_eq!(server.admin().ok("ListUsers", filter).await["Users"].as_array().unwrap().len(), 1);

        // The password has to be set by a code first (documented).
        let input = json!({
            "AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client,
            "AuthParameters": { "USERNAME": "alice", "PASSWORD": "Correct-Horse-7" },
        });
        let (code, _) = server.public().refused("InitiateAuth", input).await;
        assert_eq!(code, "PasswordResetRequiredException");
        let named = json!({ "ClientId": client, "Username": "alice" });
        server.public().ok("ForgotPassword", named.clone()).await;
        let mut confirmed = named;
        confirmed["ConfirmationCode"] = json!(server.code("alice"));
        confirmed["Password"] = json!("Correct-Horse-7");
        server.public().ok("ConfirmForgotPassword", confirmed).await;
        server.sign_in(&client, "alice").await;
    }

    async fn lines_may_end_as_they_like(server) {
        let pool = pool(server).await;
        let made = file(server, &pool, &[
            &person("ann", "ann@example.com"), &person("bob", "bob@example.com"), &person("cid", "cid@example.com"),
        ]).await;
        let windows = made.trim_end().replace('\n', "\r\n").replace("ann", "dan");
        // Blank lines are none, and the last line needs no end.
        let blank = made.replace('\n', "\n\n \r\n").replace("cid", "eva");
        assert_eq!(end(&import(server, &pool, &windows, json!({})).await), ("Succeeded", 3, 0, 0));
        assert_eq!(end(&import(server, &pool, &blank, json!({})).await), ("Succeeded", 2, 1, 0));
    }

    async fn a_header_that_is_another_fails_the_job(server) {
        let pool = pool(server).await;
        let good = file(server, &pool, &[&person("alice", "alice@example.com")]).await;
        let text = "The header of the CSV file does not have the columns of GetCSVHeader, each of them once.";
        let marked = "The CSV file begins with a byte order mark. Save it as UTF-8 without one.";
        let hashed = "The CSV file has password hashes, and the job no PasswordHashingAlgorithm.";
        let (header, rest) = good.split_once('\n').unwrap();
        for (bad, text) in [
            (format!("\u{feff}{good}"), marked),
            (rest.to_owned(), text),
            (good.replacen("family_name", "surname", 1), text),
            (good.replacen("family_name,", "", 1), text),
            (format!("{header},name\n{rest}"), text),
            (format!("{}\n{rest}", header.replace("name", "\"name\"")), text),
            (format!("{header},sub\n{rest}"), text),
            (format!("{header},cognito:password_hash\n{rest}"), hashed),
            ("\n".to_owned() + &good, text),
            ("x".repeat(20_000), "The line is longer than 16,000 characters."),
        ] {
            let job = import(server, &pool, &bad, json!({})).await;
            assert_eq!(end(&job), ("Failed", 0, 0, 0), "{text}");
            assert_eq!(job["CompletionMessage"], text);
        }
        let mut order = columns(server, &pool).await;
        order.reverse();
        let values = order.iter().map(|column| match &**column {
            "cognito:username" => "bob",
            "email" => "bob@example.com",
            "email_verified" => "true",
            "cognito:mfa_enabled" => "false",
            _ => "",
        });
        let values = values.collect::<Vec<_>>().join(",");
        let job = import(server, &pool, &format!("{}\n{values}", order.join(",")), json!({})).await;
        assert_eq!(end(&job), ("Succeeded", 1, 0, 0));
    }

    async fn a_line_that_the_pool_does_not_take_fails_alone(server) {
        let schema = json!([
            { "Name": "family_name", "Required": true },
            { "Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": { "MaxValue": "5" } },
        ]);
        let pool = server.pool(json!({ "AutoVerifiedAttributes": ["email"], "Schema": schema })).await;
        let long = "x".repeat(129);
        let bad: &[&[(&str, &str)]] = &[
            &[("cognito:username", "")],
            &[("cognito:username", "al ice")],
            &[("cognito:username", &long)],
            &[("family_name", "")],
            &[("email", "")],
            &[("email", "nowhere")],
            &[("email_verified", "false")],
            &[("email_verified", "")],
            &[("email_verified", "yes")],
            &[("cognito:mfa_enabled", "")],
            &[("cognito:mfa_enabled", "no")],
            &[("cognito:mfa_enabled", "true")],
            &[("birthdate", "1985-02-01")],
            &[("birthdate", "13/01/1985")],
            &[("updated_at", "yesterday")],
            &[("phone_number", "12")],
            &[("custom:level", "6")],
            &[("name", "a,b")],
        ];
        let whole = |changed: &[(&'static str, &str)], name: &'static str| -> Vec<(String, String)> {
            let mut all = vec![("family_name", "Liddell")];
            all.extend(person(name, "alice@example.com"));
            let changed = changed.to_vec();
            let all = all.into_iter().filter(|(name, _)| !changed.iter().any(|(other, _)| other == name));
            all.chain(changed.iter().copied()).map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
        };
        let mut people: Vec<_> = bad.iter().map(|changed| whole(changed, "bad")).collect();
        people.push(whole(&[], "good"));
        let people: Vec<Vec<(&str, &str)>> =
            people.iter().map(|person| person.iter().map(|(name, value)| (&**name, &**value)).collect()).collect();
        let people: Vec<_> = people.iter().map(|person| &**person).collect();
        let mut made = file(server, &pool, &people).await;
        // Too long, with a NUL, and cut off.
        made.push_str(&format!("{}\n", "x".repeat(200_000)));
        made.push_str(&made.lines().last().map(|_| "a\0,b\n".to_owned()).unwrap());
        made.push_str("Alice,Lid");
        let job = import(server, &pool, &made, json!({})).await;
        assert_eq!(end(&job), ("Succeeded", 1, 0, u64::try_from(bad.len()).unwrap() + 3));
        assert_eq!(job["CompletionMessage"], "Import Job Completed Successfully.");
        user(server, &pool, "good").await;

        // operations-and-protection §11, documented: group, stream and texts; nothing of a user
        let records = server.logs();
        let group = format!("arn:aws:logs:us-east-1:000000000000:log-group:/aws/cognito/userpools/{pool}/test");
        let stream = format!("{}/people", job["JobId"].as_str().unwrap());
        assert!(records.iter().all(|record| record.destination == group && record.stream == stream));
        let lines: Vec<_> = records.iter().map(|record| record.text.as_str()).collect();
        assert_eq!(lines, [
            "[FAILED] Line Number 2 - The user name is missing.",
            "[FAILED] Line Number 3 - The user name must not contain blanks.",
            "[FAILED] Line Number 4 - The user name is longer than 128 characters.",
            "[FAILED] Line Number 5 - The attribute family_name is required.",
            "[FAILED] Line Number 6 - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).",
            "[FAILED] Line Number 7 - Invalid email address format.",
            "[FAILED] Line Number 8 - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).",
            "[FAILED] Line Number 9 - The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true).",
            "[FAILED] Line Number 10 - user.email_verified: Value must be a boolean",
            "[FAILED] Line Number 11 - cognito:mfa_enabled must be true or false.",
            "[FAILED] Line Number 12 - cognito:mfa_enabled must be true or false.",
            "[FAILED] Line Number 13 - cognito:mfa_enabled must be false: the user pool has no MFA.",
            "[FAILED] Line Number 14 - The birthdate is not of the form mm/dd/yyyy.",
            "[FAILED] Line Number 15 - The birthdate is not of the form mm/dd/yyyy.",
            "[FAILED] Line Number 16 - user.updated_at: Value must be a number",
            "[FAILED] Line Number 17 - Invalid phone number format.",
            "[FAILED] Line Number 18 - user.custom:level: Number must be no greater than 5",
            "[FAILED] Line Number 19 - The line does not have as many values as the header has columns.",
            "[SUCCEEDED] Line Number 20 - The import succeeded.",
            "[FAILED] Line Number 21 - The line is longer than 16,000 characters.",
            "[FAILED] Line Number 22 - The line holds the character U+0000.",
            "[FAILED] Line Number 23 - The line does not have as many values as the header has columns.",
        ]);
    }

    async fn a_line_that_is_no_text_fails_alone(server) {
        let pool = pool(server).await;
        let made = file(server, &pool, &[&person("ann", "ann@example.com"), &person("bob", "bob@example.com")]).await;
        let bytes: Vec<u8> =
            made.into_bytes().into_iter().map(|byte| if byte == b'o' { 0xff } else { byte }).collect();
        // The header and ann's line have an o as well.
        let header = columns(server, &pool).await.join(",");
        let bytes = [header.as_bytes(), &bytes[header.len()..]].concat();
        let made = job(server, &pool, json!({})).await;
        upload(server, &made, &bytes).await;
        start(server, &made).await;
        run(server).await;
        let ended = describe(server, &made).await;
        assert_eq!(end(&ended), ("Failed", 0, 0, 2));
    }

    async fn who_is_there_is_skipped(server) {
        let pool = pool(server).await;
        server.user(&pool, "user1", json!({})).await;
        let made = crowd(server, &pool, 3).await;
        let again = format!("{made}{}", made.split_once('\n').unwrap().1);
        let job = import(server, &pool, &again, json!({})).await;
        assert_eq!(end(&job), ("Succeeded", 2, 4, 0));
        assert_eq!(user(server, &pool, "user1").await["UserStatus"], "CONFIRMED");
    }

    async fn an_alias_has_one_holder(server) {
        let pool = server.pool(json!({
            "AutoVerifiedAttributes": ["email"], "AliasAttributes": ["email", "preferred_username"],
        })).await;
        let old = json!({ "email": "old@example.com", "email_verified": "true", "preferred_username": "oldie" });
        let sub = server.user(&pool, "old", old).await;
        let made = file(server, &pool, &[
            &person("ann", "old@example.com"),
            &person("bob", "bob@example.com"),
            &person("cid", "bob@example.com"),
            // A user name that is somebody's preferred one, and the other way round.
            &person("oldie", "dan@example.com"),
            &[&person("eva", "eva@example.com")[..], &[("preferred_username", "old")]].concat(),
            &person(&sub, "fay@example.com"),
            &person("gus@example.com", "gus@example.com"),
            &[&person("hal", "hal@example.com")[..], &[("preferred_username", "halley")]].concat(),
        ]).await;
        let job = import(server, &pool, &made, json!({})).await;
        assert_eq!(end(&job), ("Succeeded", 2, 2, 4));
        for (name, meant) in [("bob@example.com", "bob"), ("halley", "hal"), ("old@example.com", "old")] {
            assert_eq!(user(server, &pool, name).await["Username"], meant);
        }
        let all = server.admin().ok("ListUsers", json!({ "UserPoolId": pool })).await;
        assert_eq!(all["Users"].as_array().unwrap().len(), 3);
    }

    // users-and-groups §17, documented: the name may be left out where addresses are names
    async fn an_address_is_the_name(server) {
        let pool = server.pool(json!({
            "AutoVerifiedAttributes": ["email"], "UsernameAttributes": ["email"],
        })).await;
        let made = file(server, &pool, &[
            &person("", "ann@example.com"),
            &person("bob@example.com", "bob@example.com"),
            &person("", "ann@example.com"),
            &person("cid", "cid@example.com"),
        ]).await;
        let job = import(server, &pool, &made, json!({})).await;
        assert_eq!(end(&job), ("Succeeded", 2, 1, 1));
        let ann = user(server, &pool, "ann@example.com").await;
        assert_eq!(attributes(&ann)["email"], "ann@example.com");
        assert_eq!(ann["Username"].as_str().unwrap().len(), 36);
    }

    // operations-and-protection §11, documented
    async fn the_second_factor_is_as_the_pool_says(server) {
        let sms = json!({ "SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "x" });
        for (mode, taken) in [("OFF", ["false"].as_slice()), ("OPTIONAL", &["true", "false"]), ("ON", &["true"])] {
            let pool = server.pool(json!({
                "AutoVerifiedAttributes": ["phone_number"], "MfaConfiguration": mode, "SmsConfiguration": sms,
            })).await;
            let people = ["true", "false"].map(|enabled| [
                ("cognito:username", enabled), ("phone_number", "+12065550100"), ("phone_number_verified", "true"),
                ("cognito:mfa_enabled", enabled),
            ]);
            let made = file(server, &pool, &people.each_ref().map(|person| &person[..])).await;
            let job = import(server, &pool, &made, json!({})).await;
            let count = u64::try_from(taken.len()).unwrap();
            assert_eq!(end(&job), ("Succeeded", count, 0, 2 - count), "{mode}");
            for name in taken {
                let options = user(server, &pool, name).await["MFAOptions"].clone();
                let by_sms = json!([{ "DeliveryMedium": "SMS", "AttributeName": "phone_number" }]);
                assert_eq!(options, if *name == "true" { by_sms } else { Value::Null }, "{mode}");
            }
        }
    }
}
