//! What users do themselves: they sign in, refresh, and ask who they are.

use axum::body::Body;
use axum::extract::Request;
use poolhouse_core::fill::user_name;
use poolhouse_ports::Clock;
use poolhouse_testkit::{SrpClient, TestServer};
use serde_json::{Value, json};

use super::refusal::Refusal;
use super::site::Site;
use crate::requests;

/// How many users have tokens.
const SESSIONS: u32 = 20;

/// The CPU time of a sign-in by SRP, both calls; what the client computes between them is not the server's.
pub(super) async fn srp(site: &Site, numbers: &[u32]) -> Result<f64, Refusal> {
    let ours = SrpClient::new(&site.pool);
    let starts = numbers.iter().map(|number| start(site, &ours, *number)).collect();
    let (first, challenges) = site.cost_of(starts, |_, answer| is_challenge(answer)).await?;
    let proofs = challenges.iter().map(|challenge| proof(site, &ours, challenge, TestServer::PASSWORD));
    let (second, _) = site.cost_of(proofs.collect(), |_, answer| has_tokens(answer)).await?;
    Ok(first + second)
}

/// Whether a proof of another password is taken.
pub(super) async fn srp_omits(site: &Site) -> Result<Option<&'static str>, Refusal> {
    let ours = SrpClient::new(&site.pool);
    let challenges = site.subject.answers(vec![start(site, &ours, 0)]).await?;
    Refusal::unless(is_challenge(&challenges[0]))?;
    let wrong = proof(site, &ours, &challenges[0], "another password");
    Ok(takes(site, wrong).await.then_some("takes any proof"))
}

fn start(site: &Site, ours: &SrpClient, number: u32) -> Request<Body> {
    let parameters = json!({ "USERNAME": user_name(number), "SRP_A": ours.srp_a() });
    initiate(site, "USER_SRP_AUTH", &parameters)
}

fn proof(site: &Site, ours: &SrpClient, challenge: &Value, password: &str) -> Request<Body> {
    let responses = ours.answer(&challenge["ChallengeParameters"], password, Clock::system().now());
    let input = json!({
        "ClientId": site.client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses,
        "Session": challenge["Session"],
    });
    requests::public("RespondToAuthChallenge", &input)
}

/// Whether an answer has all that a client needs for its proof, in the form in which it can read it.
fn is_challenge(answer: &Value) -> bool {
    let is =
        |name: &str, right: fn(&str) -> bool| answer["ChallengeParameters"][name].as_str().is_some_and(right);
    answer["ChallengeName"] == "PASSWORD_VERIFIER"
        && ["USERNAME", "USER_ID_FOR_SRP"].iter().all(|name| is(name, |text| !text.is_empty()))
        && ["SALT", "SRP_B"].iter().all(|name| is(name, is_hexadecimal))
        && is("SECRET_BLOCK", is_base64)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_base64(text: &str) -> bool {
    text.len().is_multiple_of(4)
        && text
            .trim_end_matches('=')
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte))
}

/// The CPU time of a sign-in with a password.
pub(super) async fn password(site: &Site, numbers: &[u32]) -> Result<f64, Refusal> {
    let requests = numbers.iter().map(|number| with_password(site, *number, TestServer::PASSWORD));
    Ok(site.cost_of(requests.collect(), |_, answer| has_tokens(answer)).await?.0)
}

/// Whether another password is taken.
pub(super) async fn password_omits(site: &Site) -> Option<&'static str> {
    takes(site, with_password(site, 0, "another password")).await.then_some("takes any password")
}

fn with_password(site: &Site, number: u32, password: &str) -> Request<Body> {
    initiate(site, "USER_PASSWORD_AUTH", &json!({ "USERNAME": user_name(number), "PASSWORD": password }))
}

/// What the first users get when they sign in.
pub(super) async fn sessions(site: &Site) -> Result<Vec<Value>, Refusal> {
    let requests = (0..SESSIONS).map(|number| with_password(site, number, TestServer::PASSWORD)).collect();
    let answers = site.subject.answers(requests).await?;
    Refusal::unless(answers.iter().all(has_tokens))?;
    Ok(answers.into_iter().map(|answer| answer["AuthenticationResult"].clone()).collect())
}

/// The CPU time of a refresh.
pub(super) async fn refresh(site: &Site, count: usize) -> Result<f64, Refusal> {
    let tokens = tokens(site, "RefreshToken")?.cycle().take(count);
    let requests = tokens.map(|token| with_token(site, token)).collect();
    let right = |_, answer: &Value| answer["AuthenticationResult"]["AccessToken"].is_string();
    Ok(site.cost_of(requests, right).await?.0)
}

/// Whether a token that it never issued is taken.
pub(super) async fn refresh_omits(site: &Site) -> Result<Option<&'static str>, Refusal> {
    let token = tokens(site, "RefreshToken")?.next().map(forged).ok_or(Refusal::of("no token"))?;
    Ok(takes(site, with_token(site, &token)).await.then_some("takes forged tokens"))
}

fn with_token(site: &Site, token: &str) -> Request<Body> {
    initiate(site, "REFRESH_TOKEN_AUTH", &json!({ "REFRESH_TOKEN": token }))
}

/// The CPU time of a GetUser.
pub(super) async fn own_user(site: &Site, count: usize) -> Result<f64, Refusal> {
    let tokens = tokens(site, "AccessToken")?;
    let requests = tokens.cycle().take(count).map(of_token).collect();
    let right = |n, answer: &Value| {
        answer["Username"] == user_name(u32::try_from(n).unwrap() % SESSIONS) && has_attributes(answer)
    };
    Ok(site.cost_of(requests, right).await?.0)
}

/// Whether a token that it never signed is taken.
pub(super) async fn own_user_omits(site: &Site) -> Result<Option<&'static str>, Refusal> {
    let token = tokens(site, "AccessToken")?.next().map(forged).ok_or(Refusal::of("no token"))?;
    Ok(takes(site, of_token(&token)).await.then_some("takes forged tokens"))
}

fn of_token(token: &str) -> Request<Body> {
    requests::public("GetUser", &json!({ "AccessToken": token }))
}

fn has_attributes(answer: &Value) -> bool {
    answer["UserAttributes"].as_array().is_some_and(|attributes| !attributes.is_empty())
}

/// The tokens of one kind, of the users who have some.
fn tokens<'a>(site: &'a Site, kind: &'a str) -> Result<impl Iterator<Item = &'a str> + Clone, Refusal> {
    let sessions = site.sessions.as_ref().map_err(Clone::clone)?;
    Ok(sessions.iter().filter_map(move |session| session[kind].as_str()))
}

/// A token with another end, which is the end of its signature if it has one.
fn forged(token: &str) -> String {
    let (kept, end) = token.split_at(token.len().saturating_sub(20));
    let other = |c: char| if c == 'A' { 'B' } else { 'A' };
    kept.chars().chain(end.chars().map(other)).collect()
}

fn initiate(site: &Site, flow: &str, parameters: &Value) -> Request<Body> {
    let input = json!({ "ClientId": site.client, "AuthFlow": flow, "AuthParameters": parameters });
    requests::public("InitiateAuth", &input)
}

async fn takes(site: &Site, request: Request<Body>) -> bool {
    site.subject.answers(vec![request]).await.is_ok()
}

fn has_tokens(answer: &Value) -> bool {
    ["IdToken", "AccessToken", "RefreshToken"]
        .iter()
        .all(|kind| answer["AuthenticationResult"][kind].is_string())
}
