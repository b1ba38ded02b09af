# 工部 Gongbu. Needs git, make and Python ≥ 3.11 with venv and pip; everything else is fetched by locked lists.
SHELL := /bin/sh
.NOTPARALLEL:
.DEFAULT_GOAL := help

STARTED := $(shell date +%s)
VENV := .venv
BIN := $(VENV)/bin
HOME_DIR ?= ./var
BIND ?= 127.0.0.1:8000
ARGS ?=
# The first interpreter that is new enough; PYTHON=… overrides.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input

.PHONY: help demo test test-long check audit requirements build install bench clean

help:
	@echo 'make demo          装好一切，建立演示数据，在 http://$(BIND)/ 启动'
	@echo 'make test          全部测试：SQLite，以及本机有的 PostgreSQL 和 Chromium'
	@echo 'make check         格式、静态检查、类型、导入约束、迁移、许可证、样式底线、锁文件'
	@echo 'make audit         已知漏洞：向漏洞库核对锁定的依赖，连不上时如实说明'
	@echo 'make requirements  哪些需求编号还没有测试'
	@echo 'make build         构建前端（源码未变时跳过）'

demo: build
	@GONGBU_STARTED=$(STARTED) $(BIN)/gongbu --home $(HOME_DIR) demo --bind $(BIND)

test: $(VENV)/.dev build
	@$(BIN)/python tools/run_tests.py $(ARGS)

test-long: $(VENV)/.dev build
	@$(BIN)/python tools/run_tests.py -m long $(ARGS)

check: $(VENV)/.dev build
	@$(BIN)/python tools/check.py

# Asks advisory services over the network; what cannot be reached is said, and fails nothing.
audit: $(VENV)/.dev
	@$(BIN)/python tools/audit_dependencies.py

requirements: $(VENV)/.dev
	@$(BIN)/python tools/requirements.py

bench: $(VENV)/.dev build
	@$(BIN)/python tools/bench_smoke.py

build: $(VENV)/.runtime
	@$(BIN)/python -m gongbu.config.frontend

install: $(VENV)/.dev

# pip honours the user's own mirror settings (pip.conf, PIP_*); npm likewise. No index is named here.
$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml
	@test -n '$(PYTHON)' || { echo '需要 Python 3.11 或更新（含 venv 和 pip）；Debian/Ubuntu：apt-get install python3-venv' >&2; exit 1; }
	@test -x $(BIN)/python || { echo '建立 $(VENV)（$(PYTHON)）'; $(PYTHON) -m venv $(VENV); }
	@echo '安装运行所需的包'
	@$(PIP_INSTALL) --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	@echo '安装检查和测试所需的包'
	@$(PIP_INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@

clean:
	rm -rf $(VENV) frontend/node_modules gongbu/ground/registers/static/dist .mypy_cache .ruff_cache .pytest_cache
