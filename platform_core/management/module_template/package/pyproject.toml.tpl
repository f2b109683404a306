[project]
name = "${distribution}"
version = "1.0.0"
description = "${name}: a module for Wizamart."
readme = "README.md"
requires-python = ">=3.11"

[project.entry-points."wizamart.modules"]
${code} = "${package}.apps:${class_name}Config"

[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
