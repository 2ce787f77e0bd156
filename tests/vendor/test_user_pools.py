"""The contract between tokens and moto's Cognito, which is read and not changed."""

from __future__ import annotations

from joserfc import jwk, jwt

from harness.kernel.scheduler import Kernel
from harness.vendor import user_pools
from harness.world.cloud import Cloud

HERE = ("123456789012", "us-east-1")


def test_the_tokens_of_every_pool_are_signed_with_the_key_and_its_users_are_found():
    with Cloud(Kernel()) as cloud:
        cognito = cloud.client("cognito-idp")
        key = jwk.RSAKey.import_key(user_pools.signing_key())
        for name in ("one", "two"):
            pool = cognito.create_user_pool(PoolName=name)["UserPool"]["Id"]
            flows = ["ALLOW_USER_PASSWORD_AUTH"]
            client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)
            email = [{"Name": "email", "Value": "a@b.c"}]
            cognito.admin_create_user(UserPoolId=pool, Username="ada", UserAttributes=email)
            cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password="Secret-1234", Permanent=True)
            cognito.create_group(UserPoolId=pool, GroupName="admins")
            cognito.admin_add_user_to_group(UserPoolId=pool, Username="ada", GroupName="admins")
            signed_in = cognito.initiate_auth(
                ClientId=client["UserPoolClient"]["ClientId"],
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": "ada", "PASSWORD": "Secret-1234"},
            )["AuthenticationResult"]
            token = jwt.decode(signed_in["IdToken"], key, algorithms=["RS256"])
            assert token.header["kid"] == user_pools.KEY_ID
            assert token.claims["iss"] == f"https://cognito-idp.us-east-1.amazonaws.com/{pool}"
            found = user_pools.find_user(*HERE, pool, "ada")
            assert (found.attributes["sub"], found.attributes["email"]) == (token.claims["sub"], "a@b.c")
            assert found.groups == ("admins",)
        assert user_pools.find_user(*HERE, pool, "bob") is None
        assert user_pools.find_user(*HERE, "nobody", "ada") is None
