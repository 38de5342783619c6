// ScripToolTests
