from pydantic import BaseModel, Field, SecretStr


class Settings(BaseModel):
    """What the carrier has given."""

    api_key: SecretStr = Field(title="Key of the carrier")
