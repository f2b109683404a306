from pydantic import BaseModel, Field


class Greetings(BaseModel):
    """What visitors are told."""

    words: str = Field("Welcome", min_length=1, max_length=80, title="Words of greeting")
