//! What all steps of one sign-in share, and the calls underneath.

use std::collections::HashMap;

use aws_sdk_cognitoidentityprovider::types::{AuthFlowType, AuthenticationResultType};

use super::srp::DeviceProof;
use super::steps::SignIn;
use crate::client::Client;
use crate::devices::{DeviceCredentials, NewDevice};
use crate::error::{Error, Result};
use crate::names::Challenge;
use crate::secret::{Metadata, Secret};
use crate::signed_in::SignedIn;
use crate::tokens::Tokens;

/// Which pair of operations carries the exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    /// InitiateAuth and RespondToAuthChallenge.
    Public,
    /// AdminInitiateAuth and AdminRespondToAuthChallenge.
    Admin,
}

/// An answer of any of the four operations.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(super) challenge: Option<Challenge>,
    pub(super) session: Option<Secret>,
    pub(super) parameters: HashMap<String, String>,
    pub(super) available: Vec<Challenge>,
    result: Option<AuthenticationResultType>,
}

/// A [`Reply`] from the output of any of the four operations: the same members, four types.
macro_rules! reply {
    ($output:ident) => {
        Reply {
            challenge: $output.challenge_name.map(Challenge::from),
            session: $output.session.map(Secret::new),
            parameters: $output.challenge_parameters.unwrap_or_default(),
            available: $output
                .available_challenges
                .unwrap_or_default()
                .into_iter()
                .map(Challenge::from)
                .collect(),
            result: $output.authentication_result,
        }
    };
}

impl Reply {
    /// A challenge of an earlier process.
    pub(super) fn resumed(
        challenge: Challenge,
        session: Option<Secret>,
        parameters: HashMap<String, String>,
        available: Vec<Challenge>,
    ) -> Self {
        Self { challenge: Some(challenge), session, parameters, available, result: None }
    }

    /// A parameter of the challenge that must be there.
    pub(super) fn parameter(&self, name: &str) -> Result<&str> {
        let value = self.parameters.get(name).map(String::as_str);
        value.ok_or_else(|| Error::Protocol(format!("the challenge has no {name}")))
    }

    pub(super) fn session(&self) -> Option<&str> {
        self.session.as_ref().map(Secret::expose)
    }

    pub(super) fn optional(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }
}

/// One sign-in, from step to step.
#[derive(Clone, Debug)]
pub(crate) struct Exchange {
    pub(super) client: Client,
    pub(super) door: Door,
    /// As the user typed it, then as the service names the user: aliases do not work in every step.
    pub(super) username: String,
    pub(super) device: Option<DeviceCredentials>,
    pub(super) metadata: Metadata,
}

impl Exchange {
    pub(super) fn new(
        client: Client,
        door: Door,
        username: String,
        device: Option<DeviceCredentials>,
        metadata: Metadata,
    ) -> Self {
        Self { client, door, username, device, metadata }
    }

    /// Begins; without the device if the service does not know it any more.
    pub(super) async fn initiate(
        &mut self,
        flow: AuthFlowType,
        parameters: HashMap<String, String>,
        session: Option<String>,
    ) -> Result<Reply> {
        match self.initiate_once(flow.clone(), parameters.clone(), session.clone()).await {
            Err(error) if self.device.is_some() && error.is_unknown_device() => {
                self.device = None;
                self.initiate_once(flow, parameters, session).await
            }
            other => other,
        }
    }

    async fn initiate_once(
        &self,
        flow: AuthFlowType,
        parameters: HashMap<String, String>,
        session: Option<String>,
    ) -> Result<Reply> {
        let sdk = self.client.sdk();
        let parameters = Some(self.with_identity(parameters));
        let metadata = self.metadata.to_sdk();
        let reply = match self.door {
            Door::Public => {
                let call = sdk.initiate_auth().auth_flow(flow).client_id(self.client.app()?);
                let call = call.set_auth_parameters(parameters).set_client_metadata(metadata);
                let out = call.set_session(session).send().await?;
                reply!(out)
            }
            Door::Admin => {
                let call = sdk.admin_initiate_auth().user_pool_id(self.client.pool_id());
                let call = call.auth_flow(flow).client_id(self.client.app()?).set_session(session);
                let call = call.set_auth_parameters(parameters).set_client_metadata(metadata);
                let out = call.send().await?;
                reply!(out)
            }
        };
        Ok(reply)
    }

    /// Answers a challenge; without the device if the service does not know it any more.
    pub(super) async fn respond(
        &mut self,
        challenge: &Challenge,
        session: Option<&str>,
        responses: HashMap<String, String>,
    ) -> Result<Reply> {
        match self.respond_once(challenge, session, responses.clone()).await {
            // authentication §1.2, observed: such an answer consumes neither session nor secret block
            Err(error) if self.device.is_some() && error.is_unknown_device() => {
                self.device = None;
                self.respond_once(challenge, session, responses).await
            }
            other => other,
        }
    }

    async fn respond_once(
        &self,
        challenge: &Challenge,
        session: Option<&str>,
        responses: HashMap<String, String>,
    ) -> Result<Reply> {
        let sdk = self.client.sdk();
        let responses = Some(self.with_identity(responses));
        let (challenge, session) = (challenge.clone().into(), session.map(str::to_owned));
        let reply = match self.door {
            Door::Public => {
                let call = sdk.respond_to_auth_challenge().client_id(self.client.app()?);
                let call = call.challenge_name(challenge).set_session(session);
                let call =
                    call.set_challenge_responses(responses).set_client_metadata(self.metadata.to_sdk());
                let out = call.send().await?;
                reply!(out)
            }
            Door::Admin => {
                let call = sdk.admin_respond_to_auth_challenge().user_pool_id(self.client.pool_id());
                let call = call.client_id(self.client.app()?).challenge_name(challenge);
                let call = call.set_session(session).set_challenge_responses(responses);
                let out = call.set_client_metadata(self.metadata.to_sdk()).send().await?;
                reply!(out)
            }
        };
        Ok(reply)
    }

    /// Goes on after a reply: proves the device if asked, else returns tokens or the caller's next step.
    pub(super) async fn advance(mut self, mut reply: Reply) -> Result<SignIn> {
        // pycognito issue 193: aliases fail in some later steps, so the service's own name is used from here on
        if let Some(name) = reply.optional("USER_ID_FOR_SRP").or_else(|| reply.optional("USERNAME")) {
            self.username = name.to_owned();
        }
        if let (Some(Challenge::DeviceSrpAuth), Some(device)) = (&reply.challenge, self.device.clone()) {
            reply = DeviceProof::new(device)?.prove(&mut self, reply.session()).await?;
        }
        match (reply.result.take(), reply.challenge.clone()) {
            (Some(result), _) => {
                let (tokens, new_device) = tokens_of(result)?;
                SignedIn::new(self.client, tokens, self.device, new_device).await.map(SignIn::Complete)
            }
            (None, Some(challenge)) => Ok(SignIn::step(challenge, self, reply)),
            (None, None) => Err(Error::Protocol("neither tokens nor a challenge".to_owned())),
        }
    }

    /// USERNAME, SECRET_HASH and DEVICE_KEY, which stand beside everything else in every step.
    fn with_identity(&self, mut values: HashMap<String, String>) -> HashMap<String, String> {
        if let Some(hash) = self.client.secret_hash(&self.username) {
            values.insert("SECRET_HASH".to_owned(), hash);
        }
        if let Some(device) = &self.device {
            values.insert("DEVICE_KEY".to_owned(), device.key().to_owned());
        }
        values.insert("USERNAME".to_owned(), self.username.clone());
        values
    }
}

/// The tokens of a result, and the device that it names.
pub(crate) fn tokens_of(result: AuthenticationResultType) -> Result<(Tokens, Option<NewDevice>)> {
    let missing = |name: &str| Error::Protocol(format!("the result has no {name}"));
    let access = result.access_token.ok_or_else(|| missing("AccessToken"))?;
    let id = result.id_token.ok_or_else(|| missing("IdToken"))?;
    let device = result.new_device_metadata.and_then(NewDevice::from_sdk);
    Ok((Tokens::new(access, id, result.refresh_token), device))
}
