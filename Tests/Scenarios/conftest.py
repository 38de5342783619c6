import pytest

from service import Service


@pytest.fixture
def service(tmp_path):
    running = Service(tmp_path / "data").start()
    yield running
    running.stop()
