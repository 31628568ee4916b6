"""Messages on their way through a real mail relay and a gateway, from a server in production mode."""

import re
import subprocess

import pytest
from botocore.exceptions import ClientError

from poolhouse import OwnServer, binary, cognito_text
from pools import PASSWORD, Pool, signed_client, unsigned_client
from relay import PASSWORD as RELAY_PASSWORD
from relay import Gateway, Relay, wait_for
from tls import Certificate

ADDRESS = "alice@example.com"
NUMBER = "+12065550100"


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    return Certificate(tmp_path_factory.mktemp("relay"))


def production(*options):
    return OwnServer(*options, production=True)


def pool_of(server, **settings):
    return Pool(server, signed_client(server), unsigned_client(server), **settings)


def sign_up(pool, username="alice", address=ADDRESS):
    return pool.public.sign_up(
        ClientId=pool.client_id,
        Username=username,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": address}],
    )


def confirm(pool, mail):
    code = re.search(r"\d{6}", mail.get_content()).group()
    pool.public.confirm_sign_up(ClientId=pool.client_id, Username="alice", ConfirmationCode=code)


def outcomes(server, outcome, medium="EMAIL"):
    return server.metric(f'poolhouse_messages_total{{medium="{medium}",outcome="{outcome}"}}')


def test_a_code_arrives_by_mail_and_works(certificate, database):
    with Relay(certificate) as relay, production(*relay.options, *database) as server:
        pool = pool_of(server, AutoVerifiedAttributes=["email"])
        details = sign_up(pool)["CodeDeliveryDetails"]
        assert details == {"Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
        mail = relay.mail()
        assert relay.mails[0][0] == [ADDRESS]
        assert (mail["From"], mail["To"]) == ("Demo <id@example.org>", ADDRESS)
        assert mail["Subject"] == "Your verification code"
        assert mail.get_content_type() == "text/html"
        assert mail["Message-ID"].endswith("@example.org>") and mail["Date"]
        assert mail["Auto-Submitted"] == "auto-generated"
        confirm(pool, mail)
        wait_for(lambda: outcomes(server, "sent") == 1)
        said = server.said()
        assert ADDRESS not in said and RELAY_PASSWORD not in said


@pytest.mark.parametrize("tls", ["tls", "none"])
def test_the_other_ways_to_a_relay(certificate, tls):
    with Relay(certificate, tls) as relay, production(*relay.options) as server:
        sign_up(pool_of(server, AutoVerifiedAttributes=["email"]))
        assert relay.mail()["To"] == ADDRESS


def test_texts_and_sender_of_the_pool(certificate):
    template = {"EmailSubject": "Grüße aus Köln", "EmailMessage": "<p>Ihr Code: <b>{####}</b> – schön!</p>"}
    sender = {
        "EmailSendingAccount": "DEVELOPER",
        "SourceArn": "arn:aws:ses:us-east-1:123456789012:identity/shop@example.net",
        "From": "Shop <shop@example.net>",
        "ReplyToEmailAddress": "help@example.net",
    }
    with Relay(certificate) as relay, production(*relay.options) as server:
        pool = pool_of(
            server,
            AutoVerifiedAttributes=["email"],
            VerificationMessageTemplate=template,
            EmailConfiguration=sender,
        )
        sign_up(pool)
        mail = relay.mail()
        assert (mail["From"], mail["Reply-To"]) == ("Shop <shop@example.net>", "help@example.net")
        assert mail["Subject"] == template["EmailSubject"]
        assert re.fullmatch(r"<p>Ihr Code: <b>\d{6}</b> – schön!</p>", mail.get_content().strip())
        confirm(pool, mail)


def test_a_relay_that_is_down_delays_mail_and_a_crash_loses_none(certificate, database):
    relay = Relay(certificate)
    with production(*relay.options, *database) as server:
        pool = pool_of(server, AutoVerifiedAttributes=["email"])
        sign_up(pool)
        wait_for(lambda: outcomes(server, "postponed") == 1)
        assert server.metric("poolhouse_outbox_messages") <= 1
        server.kill()
        with relay:
            server.start()
            server.wait_until_ready()
            confirm(pool, relay.mail())
            wait_for(lambda: outcomes(server, "sent") == 1)
            assert len(relay.mails) == 1


def test_an_address_that_the_relay_refuses_is_given_up(certificate):
    with Relay(certificate, refuses=[ADDRESS]) as relay, production(*relay.options) as server:
        sign_up(pool_of(server, AutoVerifiedAttributes=["email"]))
        wait_for(lambda: outcomes(server, "refused") == 1)
        wait_for(lambda: "answered 550" in server.said())
        assert ADDRESS not in server.said()
        assert not relay.mails


def test_a_relay_with_a_foreign_certificate_gets_nothing(certificate, tmp_path):
    with Relay(certificate) as relay:
        options = relay.options
        options[options.index("--smtp-ca-file") + 1] = str(Certificate(tmp_path).file)
        with production(*options) as server:
            sign_up(pool_of(server, AutoVerifiedAttributes=["email"]))
            wait_for(lambda: outcomes(server, "postponed") >= 1)
            assert not relay.mails


def test_a_text_message_goes_through_the_gateway(database):
    with Gateway(failures=1) as gateway, production(*gateway.options, *database) as server:
        sms = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "x"}
        pool = pool_of(server, AutoVerifiedAttributes=["phone_number"], SmsConfiguration=sms)
        details = pool.public.sign_up(
            ClientId=pool.client_id,
            Username="alice",
            Password=PASSWORD,
            UserAttributes=[{"Name": "phone_number", "Value": NUMBER}],
        )["CodeDeliveryDetails"]
        assert details["Destination"] == "+*******0100"
        message = wait_for(lambda: gateway.messages)[0]
        assert gateway.calls == [message["id"]] * 2
        assert (message["destination"], message["user_pool_id"]) == (NUMBER, pool.id)
        assert message["kind"] == "CustomMessage_SignUp"
        code = re.fullmatch(r"Your verification code is (\d{6})\. ", message["text"]).group(1)
        pool.public.confirm_sign_up(ClientId=pool.client_id, Username="alice", ConfirmationCode=code)
        assert NUMBER not in server.said()


def test_without_a_way_the_caller_is_told(database):
    with production(*database) as server:
        pool = pool_of(server, AutoVerifiedAttributes=["email"])
        with pytest.raises(ClientError) as error:
            sign_up(pool)
        assert cognito_text(error)[0] == "CodeDeliveryFailureException"
        user = pool.admin.admin_get_user(UserPoolId=pool.id, Username="alice")
        assert user["UserStatus"] == "UNCONFIRMED"


def send_test_message(*options):
    command = [binary(), "messages", "test", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


def test_the_test_message(certificate):
    with Relay(certificate, refuses=["bob@example.com"]) as relay:
        sent = send_test_message("--to", ADDRESS, *relay.options)
        assert (sent.returncode, sent.stdout) == (0, f"The message to {ADDRESS} was handed over.\n"), sent.stderr
        assert relay.mail()["Subject"] == "Test of Poolhouse"
        refused = send_test_message("--to", "bob@example.com", *relay.options)
        assert refused.returncode == 1 and "no such mailbox" in refused.stderr
        options = relay.options
        options[options.index("--smtp-password") + 1] = "wrong"
        wrong = send_test_message("--to", ADDRESS, *options)
        assert wrong.returncode == 1 and "535" in wrong.stderr
    down = send_test_message("--to", ADDRESS, *relay.options)
    assert down.returncode == 1 and "refused" in down.stderr
    missing = send_test_message("--to", NUMBER, *relay.options)
    assert missing.returncode == 2 and "sms-hook-url" in missing.stderr
