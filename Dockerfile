FROM python:3.11-slim

# libgomp: the threads of the chat model. No compiler is needed: every package comes as a wheel.
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 playground

WORKDIR /home/playground/app

COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt

# The weights before the code that changes more often, so that a new build need not bring them again.
ENV AIML_CACHE_DIR=/home/playground/.cache/aiml-playground
COPY services/__init__.py services/__init__.py
COPY services/embedded/__init__.py services/embedded/weights.py services/embedded/
RUN python -m services.embedded.weights && chown -R playground /home/playground/.cache

COPY . .

USER playground
ENV GRADIO_SERVER_NAME=0.0.0.0 \
    GRADIO_SERVER_PORT=7860 \
    PYTHONUNBUFFERED=1
EXPOSE 7860
STOPSIGNAL SIGINT

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen('http://127.0.0.1:' + os.environ['GRADIO_SERVER_PORT'], timeout=4)"]

# The page ends as with Ctrl-C, its engine with it: hence SIGINT above, which Python heeds even as the first process.
CMD ["python", "app.py"]
