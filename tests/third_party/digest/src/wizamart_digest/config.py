from pydantic import BaseModel, Field


class Settings(BaseModel):
    """How long days are kept."""

    days_kept: int = Field(90, ge=1, le=3650, title="Days to keep")
