"""The Keras models and what they are made of. A file of this folder that registers an architecture has added it."""

import importlib
import pkgutil

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
