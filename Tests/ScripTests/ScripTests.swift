// ScripTests
