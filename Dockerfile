# The Node of .node-version; a test holds them together.
FROM node:24.21.0-slim AS packages
WORKDIR /srv/stadtpegel
COPY package.json package-lock.json ./
# The Node packaged for machines without one is not needed where the image is one.
RUN npm ci --omit=dev --ignore-scripts && rm -rf node_modules/node-linux-*

FROM node:24.21.0-slim
WORKDIR /srv/stadtpegel
RUN install --directory --owner=node --group=node /var/lib/stadtpegel
COPY --from=packages /srv/stadtpegel/node_modules node_modules/
# What .dockerignore lets through.
COPY . .
ENV NODE_ENV=production STADTPEGEL_DATA_DIR=/var/lib/stadtpegel
USER node
VOLUME /var/lib/stadtpegel
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "bin/stadtpegel.mjs", "run"]
