"""The round of the golden files, drawn and self-selected."""

import pytest

from survey.fieldwork import SamplingBasis
from tests.integration.sampling.golden_round import begin


@pytest.fixture
def drawn(store, sample_registry):
    begin(store, SamplingBasis.PROBABILITY)


@pytest.fixture
def walked_in(store, sample_registry):
    begin(store, SamplingBasis.SELF_SELECTED)
