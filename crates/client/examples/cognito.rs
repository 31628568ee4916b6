//! Signs in from the command line: `cognito`.
//!
//! ```text
//! export COGNITO_POOL=us-east-1_Ab1Cd2Ef3 COGNITO_CLIENT_ID=3n4b5urk1ft4fl3mg5e62d9ado
//! export COGNITO_ENDPOINT=http://127.0.0.1:7665      # Poolhouse; leave it out for AWS
//! cargo run -p poolhouse-client --example cognito -- who alice
//! cargo run -p poolhouse-client --example cognito -- groups alice
//! cargo run -p poolhouse-client --example cognito -- token alice id
//! ```
//!
//! The password is read from `COGNITO_PASSWORD`, or asked for, as is every code. `COGNITO_CLIENT_SECRET` is used if it is
//! there.
//!
//! With `--browser` in the place of the name, whoever sits before it signs in at the pool's domain:
//!
//! ```text
//! export COGNITO_DOMAIN=shop             # the app client's callback URL is http://127.0.0.1/callback
//! export COGNITO_PORT=7680               # for AWS, where it is http://127.0.0.1:7680/callback
//! cargo run -p poolhouse-client --example cognito -- sign-in --browser
//! ```
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the command line")]

use std::error::Error;
use std::io::{Write as _, stdin, stdout};
use std::process::{Command, Stdio};

use poolhouse_client::{Client, LoopbackListener, MfaMethod, MfaPreference, SignIn, SignedIn};

const USAGE: &str = "usage: cognito sign-in|who|groups|token USERNAME|--browser [access|id]";

/// What opens an address in the browser.
const OPENER: &str = if cfg!(target_os = "macos") {
    "open"
} else if cfg!(windows) {
    "explorer"
} else {
    "xdg-open"
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, username, rest) = match arguments.as_slice() {
        [command, username, rest @ ..] => (command.as_str(), username, rest),
        _ => return Err(USAGE.into()),
    };
    let user = match username.as_str() {
        "--browser" => sign_in_by_browser(&client()?).await?,
        username => sign_in(&client()?, username).await?,
    };
    match (command, rest) {
        ("sign-in", []) => {
            let claims = user.id_claims()?;
            println!("{} of {:?}", claims.username().unwrap_or_default(), claims.groups());
        }
        ("who", []) => {
            let record = user.user().await?;
            println!("{}", record.username);
            for (name, value) in record.attributes.iter() {
                println!("  {name:24} {value}");
            }
        }
        ("groups", []) => {
            for group in user.id_claims()?.groups() {
                println!("{group}");
            }
        }
        ("token", [kind]) if kind == "id" => println!("{}", user.id_token().await?),
        ("token", []) => println!("{}", user.access_token().await?),
        ("token", [kind]) if kind == "access" => println!("{}", user.access_token().await?),
        _ => return Err(USAGE.into()),
    }
    Ok(())
}

fn client() -> Result<Client, Box<dyn Error>> {
    let needed = |name: &str| std::env::var(name).map_err(|_| format!("{name} is not set; {USAGE}"));
    let mut client = Client::builder(needed("COGNITO_POOL")?).client_id(needed("COGNITO_CLIENT_ID")?);
    if let Ok(secret) = std::env::var("COGNITO_CLIENT_SECRET") {
        client = client.client_secret(secret);
    }
    if let Ok(endpoint) = std::env::var("COGNITO_ENDPOINT") {
        client = client.endpoint_url(endpoint);
    }
    if let Ok(domain) = std::env::var("COGNITO_DOMAIN") {
        client = client.domain(domain);
    }
    Ok(client.build()?)
}

/// Signs in by the browser, which comes back to this program.
async fn sign_in_by_browser(client: &Client) -> Result<SignedIn, Box<dyn Error>> {
    let listener = match std::env::var("COGNITO_PORT") {
        Ok(port) => LoopbackListener::bind_port(port.parse()?).await?,
        Err(_) => LoopbackListener::bind().await?,
    };
    let pending = client.authorize(listener.redirect_uri()).begin()?;
    eprintln!("Sign in at this address, if no browser opens:\n\n  {}\n", pending.url());
    let quiet = || Stdio::null();
    // Without one the address is there to be copied.
    let _opened = Command::new(OPENER).arg(pending.url()).stdout(quiet()).stderr(quiet()).spawn();
    Ok(listener.complete(client, pending).await?)
}

/// Signs in, asking for whatever the service asks for.
async fn sign_in(client: &Client, username: &str) -> Result<SignedIn, Box<dyn Error>> {
    let password = std::env::var("COGNITO_PASSWORD").or_else(|_| ask("password"))?;
    let mut step = client.sign_in(username).password(password).send().await?;
    loop {
        step = match step {
            SignIn::Complete(user) => return Ok(user),
            SignIn::NewPasswordRequired(step) => step.respond(&ask("new password")?).await?,
            SignIn::SoftwareTokenMfa(step) => step.respond(&ask("code of your authenticator")?).await?,
            SignIn::SmsMfa(step) | SignIn::EmailOtp(step) | SignIn::SmsOtp(step) => {
                let to = step.delivery().map(|delivery| delivery.destination).unwrap_or_default();
                step.respond(&ask(&format!("code that was sent to {to}"))?).await?
            }
            SignIn::SelectMfaType(step) => {
                let choices: Vec<_> = step.choices().iter().map(|c| c.as_str().to_owned()).collect();
                step.choose(ask(&format!("one of {}", choices.join(", ")))?.as_str().into()).await?
            }
            SignIn::SelectChallenge(step) => {
                let choices: Vec<_> = step.choices().iter().map(|c| c.as_str().to_owned()).collect();
                step.choose(ask(&format!("one of {}", choices.join(", ")))?.as_str().into()).await?
            }
            SignIn::Password(step) => step.respond(&ask("password")?).await?,
            SignIn::MfaSetup(step) => {
                let setup = step.software_token().await?;
                println!("{}", setup.secret().otpauth_uri("cognito", username));
                let user =
                    setup.verify(&ask("code of your authenticator")?, "cognito").await?.into_signed_in()?;
                user.set_mfa_preference(MfaPreference::new().prefer(MfaMethod::SoftwareToken)).await?;
                return Ok(user);
            }
            SignIn::Custom(step) => {
                println!("{:?}", step.parameters());
                step.respond(&ask("answer")?).await?
            }
            other => return Err(format!("{:?} is not for the command line", other.challenge()).into()),
        };
    }
}

fn ask(what: &str) -> Result<String, std::io::Error> {
    print!("{what}: ");
    stdout().flush()?;
    let mut line = String::new();
    stdin().read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}
