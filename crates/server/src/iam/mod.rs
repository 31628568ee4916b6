//! The account from the command line, and from a file (`docs/iam.md`): through its own API, as the root.

mod declaration;
mod plan;

use std::path::Path;
use std::sync::Arc;

use poolhouse_api::Api;
use poolhouse_api::audit::Audit;
use poolhouse_core::Engine;
use poolhouse_iam::names_nobody;
use poolhouse_kernel::Fault;
use poolhouse_kernel::request::{Origin, Principal};
use poolhouse_wire::ErrorCode;
use poolhouse_wire::iam::{
    AccessKeyMetadata, CreateAccessKeyResponse, GetAccountAuthorizationDetailsResponse, GetRoleResponse,
    ListAccessKeysResponse, Operation, StatusType,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::audit::Act;
use crate::cli::IamCommand;
use crate::config::SealedOptions;
use crate::database::say;
use crate::exit::{Failure, in_words};
use crate::installation;

pub(crate) use declaration::Declaration;
use plan::{Held, Plan};

/// The account, asked by its root.
struct Account {
    api: Api,
    root: Arc<Principal>,
    id: String,
}

impl Account {
    fn new(engine: &Engine, audit: Audit) -> Self {
        let id = engine.settings().account_id.clone();
        let root = Arc::new(Principal::root("command line", &id));
        let api = Api::new(engine.clone(), Arc::new(|_| {})).with_audit(audit);
        Self { api, root, id }
    }

    async fn ask(&self, operation: Operation, input: Value) -> Result<Value, Fault> {
        self.api.invoke(Arc::clone(&self.root), Origin::default(), operation.into(), input).await
    }

    async fn read<T: DeserializeOwned>(&self, operation: Operation, input: Value) -> Result<T, Fault> {
        serde_json::from_value(self.ask(operation, input).await?).map_err(Fault::internal)
    }

    /// All that there is, but for the policies of AWS.
    async fn details(&self) -> Result<GetAccountAuthorizationDetailsResponse, Fault> {
        let mut all = GetAccountAuthorizationDetailsResponse::default();
        let mut input =
            json!({ "MaxItems": 1000, "Filter": ["User", "Group", "Role", "LocalManagedPolicy"] });
        loop {
            let page: GetAccountAuthorizationDetailsResponse =
                self.read(Operation::GetAccountAuthorizationDetails, input.clone()).await?;
            all.user_detail_list.get_or_insert_default().extend(page.user_detail_list.unwrap_or_default());
            all.group_detail_list.get_or_insert_default().extend(page.group_detail_list.unwrap_or_default());
            all.role_detail_list.get_or_insert_default().extend(page.role_detail_list.unwrap_or_default());
            all.policies.get_or_insert_default().extend(page.policies.unwrap_or_default());
            let Some(marker) = page.marker else { return Ok(all) };
            input["Marker"] = marker.into();
        }
    }

    async fn plan(&self, declared: &Declaration) -> Result<Plan, Failure> {
        let details = self.details().await.map_err(|fault| Failure::of_fault("the account", &fault))?;
        let mut roles = Vec::new();
        for name in declared.roles.keys() {
            match self.read::<GetRoleResponse>(Operation::GetRole, json!({ "RoleName": name })).await {
                Ok(answer) => roles.extend(answer.role),
                Err(fault) if fault.code() == ErrorCode::NoSuchEntityException => {}
                Err(fault) => return Err(Failure::of_fault(format!("role {name}"), &fault)),
            }
        }
        plan::plan(declared, &Held { details, roles }, &self.id)
            .map_err(|why| Failure::setup(format!("iam-file: {why}")))
    }

    /// The access keys of a user, and whether they are active.
    async fn keys(&self, user: &str) -> Result<Vec<AccessKeyMetadata>, Fault> {
        let input = json!({ "UserName": user });
        let answer: ListAccessKeysResponse = self.read(Operation::ListAccessKeys, input).await?;
        Ok(answer.access_key_metadata.unwrap_or_default())
    }
}

/// Makes the account what a file says, and logs what was otherwise.
///
/// # Errors
/// When the file says what cannot be.
pub(crate) async fn apply(engine: &Engine, audit: &Audit, path: &Path) -> Result<(), Failure> {
    let declared = Declaration::read(path)?;
    let account = Account::new(engine, audit.clone());
    let Plan { changes, strangers } = account.plan(&declared).await?;
    for change in changes {
        if let Err(fault) = account.ask(change.operation, change.input).await {
            let why = in_words(&fault);
            // Whom it trusts may have been renamed or deleted while the server ran: that is no reason not to run again.
            if change.is_drift && names_nobody(&fault) {
                tracing::warn!(
                    change = change.text,
                    why,
                    "cannot be made as the iam-file says, and stays as it is: change the file"
                );
                continue;
            }
            return Err(Failure::setup(format!("iam-file: {}: {why}", change.text)));
        }
        if change.is_drift {
            tracing::warn!(change = change.text, "the account was not as the iam-file says, and is so again");
        } else {
            tracing::info!(change = change.text, "made as the iam-file says");
        }
    }
    if !strangers.is_empty() {
        tracing::info!(
            count = strangers.len(),
            "the account has what the iam-file does not name: see `poolhouse iam drift`"
        );
    }
    Ok(())
}

/// Runs one of the commands.
///
/// # Errors
/// Exit code 2 when it cannot begin, 1 when the work failed, or the account is not as a file says.
pub(crate) async fn run(command: IamCommand) -> Result<(), Failure> {
    match command {
        IamCommand::AddUser { options, name, policies } => {
            let act = Act { name: "AddUser", parameters: json!({ "userName": name, "policies": policies }) };
            change(options, act, async |account| add_user(account, &name, &policies).await).await
        }
        IamCommand::AddKey { options, name } => {
            let act = Act { name: "AddKey", parameters: json!({ "userName": name }) };
            change(options, act, async |account| add_key(account, &name).await).await
        }
        IamCommand::List(options) => look(options, list).await,
        IamCommand::LockOut { options, name } => {
            let act = Act { name: "LockOut", parameters: json!({ "userName": name }) };
            change(options, act, async |account| lock_out(account, &name).await).await
        }
        IamCommand::Drift { options, file } => {
            let declared = Declaration::read(&file)?;
            look(options, async |account| drift(account, &declared).await).await
        }
    }
}

/// Does something to the account of an installation; each call that it makes is told to the audit as well.
async fn change(
    options: SealedOptions,
    act: Act,
    work: impl AsyncFnOnce(&Account) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let work = async |engine: &Engine, audit: &Audit| work(&Account::new(engine, audit.clone())).await;
    installation::change(options, act, work).await
}

/// Looks at the account of an installation.
async fn look(
    options: SealedOptions,
    work: impl AsyncFnOnce(&Account) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let work = async |engine: &Engine, audit: &Audit| work(&Account::new(engine, audit.clone())).await;
    installation::look(options, work).await
}

/// A policy that a user is to have.
enum Given {
    Managed(String),
    Inline { name: String, document: String },
}

impl Given {
    /// Reads what was given on the command line, and looks whether there is such a policy.
    async fn read(account: &Account, given: &str) -> Result<Self, Failure> {
        let failed = |fault: Fault| Failure::of_fault(format!("policy {given}"), &fault);
        let file = Path::new(given);
        if file.is_file() {
            let document = std::fs::read_to_string(file)
                .map_err(|error| Failure::running(format!("cannot read {given}: {error}")))?;
            let input = json!({ "PolicyInputList": [document] });
            account.ask(Operation::GetContextKeysForCustomPolicy, input).await.map_err(failed)?;
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            return Ok(Self::Inline { name, document });
        }
        let arn = plan::arn_of(given);
        account.ask(Operation::GetPolicy, json!({ "PolicyArn": arn })).await.map_err(failed)?;
        Ok(Self::Managed(arn))
    }
}

async fn add_user(account: &Account, name: &str, policies: &[String]) -> Result<(), Failure> {
    let mut given = Vec::new();
    for policy in policies {
        given.push(Given::read(account, policy).await?);
    }
    let failed = |fault: Fault| Failure::of_fault(format!("user {name}"), &fault);
    account.ask(Operation::CreateUser, json!({ "UserName": name })).await.map_err(failed)?;
    for policy in given {
        let (operation, input) = match policy {
            Given::Managed(arn) => {
                (Operation::AttachUserPolicy, json!({ "UserName": name, "PolicyArn": arn }))
            }
            Given::Inline { name: policy, document } => (
                Operation::PutUserPolicy,
                json!({ "UserName": name, "PolicyName": policy, "PolicyDocument": document }),
            ),
        };
        account.ask(operation, input).await.map_err(failed)?;
    }
    add_key(account, name).await
}

async fn add_key(account: &Account, name: &str) -> Result<(), Failure> {
    let made =
        account.read::<CreateAccessKeyResponse>(Operation::CreateAccessKey, json!({ "UserName": name }));
    let made = made.await.map_err(|fault| Failure::of_fault(format!("user {name}"), &fault))?;
    let key = made.access_key.unwrap_or_default();
    say(&format!(
        "AWS_ACCESS_KEY_ID={}\nAWS_SECRET_ACCESS_KEY={}",
        key.access_key_id,
        key.secret_access_key.as_str()
    ));
    Ok(())
}

async fn list(account: &Account) -> Result<(), Failure> {
    let failed = |fault: Fault| Failure::of_fault("the account", &fault);
    let details = account.details().await.map_err(failed)?;
    let users = details.user_detail_list.unwrap_or_default();
    for user in &users {
        let name = user.user_name.as_deref().unwrap_or_default();
        let attached =
            user.attached_managed_policies.iter().flatten().filter_map(|p| p.policy_name.as_deref());
        let inline = user.user_policy_list.iter().flatten().filter_map(|p| p.policy_name.as_deref());
        let policies: Vec<&str> = attached.chain(inline).collect();
        let groups = user.group_list.as_deref().unwrap_or_default();
        say(&format!("{name}  policies: {}  groups: {}", listed(&policies), listed(groups)));
        for key in account.keys(name).await.map_err(failed)? {
            let status = key.status.map(|status| status.to_string()).unwrap_or_default();
            say(&format!("  {}  {status}", key.access_key_id.unwrap_or_default()));
        }
    }
    if users.is_empty() {
        say("The account has no user: the root alone may do anything.");
    }
    Ok(())
}

fn listed(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

async fn lock_out(account: &Account, name: &str) -> Result<(), Failure> {
    let failed = |fault: Fault| Failure::of_fault(format!("user {name}"), &fault);
    let mut keys = account.keys(name).await.map_err(failed)?;
    if keys.is_empty() {
        say(&format!("{name} has no access key."));
    }
    // Until there is none: one may be made meanwhile.
    loop {
        keys.retain(|key| key.status == Some(StatusType::Active));
        if keys.is_empty() {
            break;
        }
        for id in keys.iter().filter_map(|key| key.access_key_id.as_deref()) {
            let input = json!({ "UserName": name, "AccessKeyId": id, "Status": "Inactive" });
            account.ask(Operation::UpdateAccessKey, input).await.map_err(failed)?;
            say(&format!("{id} is inactive."));
        }
        keys = account.keys(name).await.map_err(failed)?;
    }
    say("Sessions of roles that it has assumed go on: deny them by aws:TokenIssueTime, or delete the role.");
    Ok(())
}

async fn drift(account: &Account, declared: &Declaration) -> Result<(), Failure> {
    let Plan { changes, strangers } = account.plan(declared).await?;
    for change in &changes {
        say(&format!("would change: {}", change.text));
    }
    for stranger in &strangers {
        say(&format!("not in the file: {stranger}"));
    }
    match changes.len() + strangers.len() {
        0 => {
            say("The account is as the file says.");
            Ok(())
        }
        count => Err(Failure::running(format!(
            "{count} differences. A server that starts with --iam-file makes the changes"
        ))),
    }
}
