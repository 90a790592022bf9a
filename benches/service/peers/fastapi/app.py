"""What a user would write instead of the service: FastAPI, SQLAlchemy and asyncpg, measured beside it.

`DATABASE_URL=… ISSUER=… uvicorn app:app`. It does not do what the service does on top: no rights by organisation, no
preconditions, no idempotency, no versions, no journal.
"""

import json
import os
import urllib.request
from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ISSUER = os.environ["ISSUER"]
URL = os.environ["DATABASE_URL"].replace("postgres://", "postgresql+asyncpg://")


def fetched(url: str) -> dict:
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


KEY = jwt.PyJWK(fetched(fetched(f"{ISSUER}/.well-known/openid-configuration")["jwks_uri"])["keys"][0])
# Prepared statements are planned for their values; the list's plan for any would walk the primary key.
engine = create_async_engine(
    URL, pool_size=10, connect_args={"server_settings": {"plan_cache_mode": "force_custom_plan"}}
)
sessions = async_sessionmaker(engine, expire_on_commit=False)


class Base(DeclarativeBase):
    pass


class Columns:
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    submission_id: Mapped[UUID]
    campaign_id: Mapped[UUID]
    owner_organization_id: Mapped[UUID]
    division_id: Mapped[UUID]
    unit_id: Mapped[UUID]
    subject_kind: Mapped[str]
    subject_id: Mapped[UUID]
    individual_id: Mapped[UUID | None]
    collective_id: Mapped[UUID | None]
    display_name: Mapped[str]
    position: Mapped[str | None]
    proposed_form: Mapped[str]
    form: Mapped[str]
    form_reason: Mapped[str | None]
    route: Mapped[str]
    achievement_summary: Mapped[str]
    criteria: Mapped[str]
    state: Mapped[str]
    state_reason: Mapped[str | None]
    live: Mapped[bool] = mapped_column(default=True)
    hold_reason: Mapped[str | None]
    hold_note: Mapped[str | None]
    drafted_by: Mapped[UUID]
    version: Mapped[int] = mapped_column(default=1)


# The service's own table is read; new rows go into one that refers to nothing.
class Nomination(Columns, Base):
    __tablename__ = "nominations"
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class PeerNomination(Columns, Base):
    __tablename__ = "peer_nominations"
    created_at: Mapped[datetime] = mapped_column(default=func.now())
    updated_at: Mapped[datetime] = mapped_column(default=func.now())


class NewNomination(BaseModel):
    submission_id: UUID
    campaign_id: UUID
    owner_organization_id: UUID
    division_id: UUID
    unit_id: UUID
    subject_kind: str
    subject_id: UUID
    individual_id: UUID
    display_name: str
    position: str | None = None
    proposed_form: str
    form: str
    route: str
    achievement_summary: str
    criteria: str
    state: str
    drafted_by: UUID


class NominationView(NewNomination):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    individual_id: UUID | None
    collective_id: UUID | None
    form_reason: str | None
    state_reason: str | None
    live: bool
    hold_reason: str | None
    hold_note: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class Page(BaseModel):
    items: list[NominationView]
    next: UUID | None


async def known(credentials: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> None:
    try:
        options = {"verify_aud": False}
        jwt.decode(credentials.credentials, KEY, algorithms=["ES256"], issuer=ISSUER, options=options)
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error


async def session():
    async with sessions() as opened:
        yield opened


Session = Annotated[AsyncSession, Depends(session)]
app = FastAPI()


@app.get("/ready")
async def ready(db: Session) -> bool:
    return await db.scalar(select(1)) == 1


@app.get("/nominations/{id}", dependencies=[Depends(known)])
async def by_id(id: UUID, db: Session) -> NominationView:
    found = await db.get(Nomination, id)
    if found is None:
        raise HTTPException(404)
    return found


@app.get("/nominations", dependencies=[Depends(known)])
async def first(
    db: Session, state: str, after: UUID = UUID(int=0), limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> Page:
    wanted = select(Nomination).where(Nomination.state == state, Nomination.id > after)
    items = list(await db.scalars(wanted.order_by(Nomination.id).limit(limit)))
    return {"items": items, "next": items[-1].id if len(items) == limit else None}


@app.post("/nominations", status_code=201, dependencies=[Depends(known)])
async def create(body: NewNomination, db: Session) -> NominationView:
    made = PeerNomination(**body.model_dump())
    db.add(made)
    await db.commit()
    return made
