"""What people say of a data mesh: how far it has come, and what is in place of each of its four principles."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from decom_nb.document import Document, Group

Standing = Literal["yes", "partly", "no"]


class DomainOwnership(Group):
    """Those who make the data answer for it."""

    owners_named: Standing | None = Field(
        None, description="every dataset that others use has a team of the business that answers for it"
    )
    engineers_in_domains: Standing | None = Field(
        None, description="domains have people of their own who can build and run pipelines"
    )
    domains_run_their_pipelines: Standing | None = Field(
        None, description="a domain changes and runs its pipelines without asking a central team"
    )
    owners_are_called: Standing | None = Field(
        None, description="when a domain's data is wrong, the domain is called, and has time to mend it"
    )


class DataProducts(Group):
    """Datasets are treated like products: promised, described, found, used by somebody known."""

    promises_published: Standing | None = Field(
        None, description="datasets for others promise freshness and quality in writing"
    )
    described: Standing | None = Field(
        None, description="their columns and their meaning are described where users look"
    )
    found_without_asking: Standing | None = Field(
        None, description="somebody new finds them, and how to get at them, without asking a person"
    )
    consumers_known: Standing | None = Field(
        None, description="who uses each is known, and changes are announced to them"
    )


class SelfServePlatform(Group):
    """A central team builds the platform; domains build on it."""

    without_ticket: Standing | None = Field(
        None, description="a domain gets storage, compute and a first pipeline without a ticket"
    )
    paved_road: Standing | None = Field(
        None, description="templates make a new data product with tests, deployment and monitoring"
    )
    access_by_rule: Standing | None = Field(None, description="access is asked for and given by rules, within a day")
    seen_by_domain: Standing | None = Field(None, description="cost, quality and failures are shown for each domain")


class FederatedGovernance(Group):
    """Standards hold for all and are decided together; each domain carries them out."""

    standards_agreed: Standing | None = Field(
        None, description="names, time zones, classification and formats are agreed for all domains"
    )
    standards_checked: Standing | None = Field(None, description="machines check those standards, not meetings")
    domains_decide: Standing | None = Field(
        None, description="domains sit in the body that decides the standards, and its decisions hold"
    )
    shared_identifiers: Standing | None = Field(
        None, description="a customer or product has one identifier across domains, so that products can be joined"
    )


class DataMesh(Document):
    """What is in place of the four principles of a data mesh; that it fits is asked of the brief as well."""

    name: ClassVar[str] = "data_mesh"

    state: Literal["not considered", "considered", "planned", "being built", "running"] | None = Field(
        None, description="how far it has come"
    )
    wanted_because: str = Field(
        "",
        description="what it is meant to mend, in a sentence",
        examples=["every change waits for the central team"],
    )
    consuming_teams: int | None = Field(
        None,
        ge=0,
        description="teams that use other teams' data",
        json_schema_extra={"unit": "teams"},
        examples=[6],
    )
    domain_ownership: DomainOwnership = Field(
        default_factory=DomainOwnership, description="those who make the data answer for it"
    )
    data_products: DataProducts = Field(
        default_factory=DataProducts, description="datasets are promised, described, found and used"
    )
    self_serve_platform: SelfServePlatform = Field(
        default_factory=SelfServePlatform, description="domains build on a platform without waiting"
    )
    federated_governance: FederatedGovernance = Field(
        default_factory=FederatedGovernance, description="standards are decided together and hold for all"
    )
